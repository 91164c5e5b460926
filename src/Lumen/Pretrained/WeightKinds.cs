using Lumen.Core.Checkpoints;
using Lumen.Models.Vision;

namespace Lumen.Pretrained;

/// <summary>What the names in a safetensors file say it is.</summary>
internal enum WeightKind
{
    /// <summary>Nothing is known about it.</summary>
    Unknown,

    /// <summary>It is known, and nothing that Lumen runs.</summary>
    Foreign,
    OriginalPipeline,
    OriginalControlNet,
    OriginalAutoencoder,
    UNet,
    ControlNet,
    Autoencoder,
    Backbone,
    TextEncoder,
    Layout,
    Basis,
}

/// <summary>
/// Recognises what a safetensors file is by the names and shapes in it: one table (<see cref="WeightTable"/>), the first row that fits
/// wins.
/// </summary>
internal static class WeightKinds
{
    private static readonly WeightIdentity Unknown = new(WeightKind.Unknown, "unknown weights", "");
    private static readonly WeightIdentity Backbone = new(
        WeightKind.Backbone,
        "a vision backbone",
        "a network such as DINO, DINOv2, CLIP, SigLIP or MAE: give it to `BackboneWeights`"
    );
    private static readonly WeightIdentity Layout = new(WeightKind.Layout, "a stored neural layout", "give it to `Layout`");
    private static readonly WeightIdentity Basis = new(WeightKind.Basis, "the basis of a neural layout", "give its folder to `Basis`");

    /// <summary>The kind of an opened checkpoint.</summary>
    public static WeightKind Of(Checkpoint file) => Identify(file).Kind;

    /// <summary>What an opened checkpoint is.</summary>
    public static WeightIdentity Identify(Checkpoint file)
    {
        if (file.Metadata.ContainsKey("lumen.feature_source") && file.Entries.ContainsKey("layout"))
            return Layout;
        if (file.Metadata.ContainsKey("lumen.basis_hash") && file.Entries.ContainsKey("components"))
            return Basis;
        foreach (var row in WeightTable.Rows)
        {
            if (row.Fit(file))
                // CLIP as a whole has both
                return row.Identity.Kind == WeightKind.TextEncoder && IsBackbone(file) ? Backbone : row.Identity;
        }
        return IsBackbone(file) ? Backbone : Unknown;
    }

    private static bool IsBackbone(Checkpoint file) =>
        BackboneFamilies
            .All.SelectMany(family => family.Namings)
            .Any(naming =>
                file.Entries.Keys.Any(name => name == naming.Marker || name.EndsWith("." + naming.Marker, StringComparison.Ordinal))
            );
}
