using System.Text.Json.Nodes;

namespace Lumen.Generation;

/// <summary>The layout that a picture was made from, as it is written into the PNG.</summary>
/// <param name="BasisHash">Hash of the layout basis.</param>
/// <param name="Hash">Hash of the layout's values as they were used.</param>
/// <param name="Components">Components that were used, and how many the basis has.</param>
/// <param name="Agreement">Agreement of the picture's own layout with the given one.</param>
public sealed record LayoutRecord(string BasisHash, string Hash, (int Used, int Total) Components, double Agreement)
{
    /// <summary>Adds the entries to those of a <see cref="GenerationRecord"/>.</summary>
    internal void AddTo(JsonObject json)
    {
        json["components"] = Components.Used;
        json["basis_components"] = Components.Total;
        json["basis_sha256"] = BasisHash;
        json["layout_sha256"] = Hash;
        json["layout_agreement"] = Math.Round(Agreement, 4);
    }
}
