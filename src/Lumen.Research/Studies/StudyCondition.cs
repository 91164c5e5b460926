using Lumen.Generation;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>The condition of the pictures of one row of a table.</summary>
/// <param name="Id">Its name in files.</param>
/// <param name="Title">Its name in tables.</param>
/// <param name="Adapter">The adapter; null for real renders, which are made from the scene itself.</param>
public sealed record StudyCondition(string Id, string Title, StudyAdapter? Adapter)
{
    /// <summary>
    /// What is done to layouts, [B, N, h, w] to the same shape; null for nothing. Its result belongs to the caller's scope.
    /// </summary>
    public Func<Tensor, Tensor>? Edit { get; init; }

    /// <summary>Real pictures only: whether they go through the base's autoencoder first, which bounds whatever is decoded by it.</summary>
    public bool Autoencoded { get; init; }

    /// <summary>Whether its pictures are also compared with the truth of another reference: what any street scores.</summary>
    public bool HasFloor { get; init; }

    /// <summary>Name of the rows that hold those figures.</summary>
    public string Floor => Id + "-floor";

    /// <summary>What the edit is, for the condition's identity.</summary>
    public string EditName { get; init; } = "";

    /// <summary>How its pictures are generated; null for the recipe's way.</summary>
    public GenerationOptions? Generation { get; init; }

    /// <summary>Hashes that the pictures depend on.</summary>
    public string Identity =>
        Adapter is null
            ? Autoencoded
                ? "renders/autoencoder"
                : "renders"
            : Adapter.Identity + (EditName.Length > 0 ? "/" + EditName : "");

    /// <summary>Keeps the first components and zeroes the others.</summary>
    /// <param name="components">How many.</param>
    public static Func<Tensor, Tensor> First(int components) =>
        layouts =>
        {
            var kept = layouts.clone();
            if (components < layouts.shape[1])
                kept.narrow(1, components, layouts.shape[1] - components).zero_();
            return kept;
        };
}
