using Lumen.Core.Tensors;

namespace Lumen.Models.Vision;

/// <summary>The shapes of a file's tensors under our names.</summary>
/// <param name="shapes">Shapes under the file's names.</param>
/// <param name="naming">Whose names they are.</param>
/// <param name="prefix">What stands before every name.</param>
/// <param name="description">What messages call the file.</param>
internal sealed class BackboneShapes(
    IReadOnlyDictionary<string, IReadOnlyList<long>> shapes,
    WeightNaming naming,
    string prefix,
    string description
)
{
    /// <summary>What messages call the file.</summary>
    public string Description => description;

    /// <summary>How many blocks there are, counted without a gap from 0.</summary>
    public int Blocks
    {
        get
        {
            var count = 0;
            while (Has($"blocks.{count}.norm1.weight"))
                count++;
            return count;
        }
    }

    /// <summary>Whether the first feed-forward layer is twice as wide as what the second takes in.</summary>
    public bool IsGated =>
        Find("blocks.0.mlp.w12.weight") is { } wide
        && Find("blocks.0.mlp.w3.weight") is { } narrow
        && shapes[wide] is [var both, _]
        && shapes[narrow] is [_, var one]
        && both == 2 * one;

    /// <summary>Whether the file has a tensor of this name of ours.</summary>
    public bool Has(string ours) => Find(ours) is not null;

    /// <summary>Whether the file has it with rows and columns exchanged.</summary>
    public bool IsTransposed(string ours) => naming.Find(ours, Exists).Any(found => found.Part == WeightPart.Transposed);

    /// <summary>The shape in the file.</summary>
    /// <exception cref="LumenException">There is no such tensor, or its shape is none that a network could have.</exception>
    public IReadOnlyList<long> Require(string ours, string expected, Func<IReadOnlyList<long>, bool> fits)
    {
        if (Find(ours) is not { } theirs)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{description} has no tensor {prefix}{naming.Find(ours, Exists).First().Theirs}, which these weights need. Fetch "
                    + "the file again."
            );
        return fits(shapes[theirs])
            ? shapes[theirs]
            : throw new LumenException(
                LumenErrorKind.Model,
                $"{description}: {theirs} has the shape {Shape.Text(shapes[theirs])}; expected {expected}."
            );
    }

    private bool Exists(string theirs) => shapes.ContainsKey(prefix + theirs);

    private string? Find(string ours) =>
        naming.Find(ours, Exists).Select(found => prefix + found.Theirs).FirstOrDefault(shapes.ContainsKey);
}
