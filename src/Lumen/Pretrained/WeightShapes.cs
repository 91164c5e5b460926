using Lumen.Core.Checkpoints;

namespace Lumen.Pretrained;

/// <summary>Names and shapes of weights, from which a configuration can be read off.</summary>
internal sealed class WeightShapes
{
    private readonly IReadOnlyDictionary<string, TensorEntry> _entries;
    private readonly string _prefix;
    private readonly string _description;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <param name="weights">Any checkpoint.</param>
    /// <param name="prefix">Only names below it count, without it.</param>
    public WeightShapes(Checkpoint weights, string prefix = "")
    {
        (_entries, _prefix, _description) = (weights.Entries, prefix, weights.Description);
        foreach (var name in _entries.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            for (var end = name.Length; end > prefix.Length && _names.Add(name[prefix.Length..end]); )
                end = Math.Max(name.LastIndexOf('.', end - 1), 0);
        }
    }

    /// <summary>True if there is a tensor of this name or below it.</summary>
    public bool Holds(string name) => _names.Contains(name);

    /// <summary>How many of <paramref name="stem"/>.0, .1, .2 ... are there.</summary>
    public int Count(string stem)
    {
        var count = 0;
        while (Holds($"{stem}.{count}"))
            count++;
        return count;
    }

    /// <summary>Number of axes.</summary>
    public int Rank(string tensor) => Shape(tensor).Count;

    /// <summary>One side of a tensor.</summary>
    /// <exception cref="LumenException">There is no such tensor, or it has fewer axes.</exception>
    public long Size(string tensor, int axis) =>
        Shape(tensor) is var shape && axis < shape.Count && shape[axis] > 0
            ? shape[axis]
            : throw new LumenException(
                LumenErrorKind.Model,
                $"{_description}: {_prefix}{tensor} has the shape [{string.Join(", ", Shape(tensor))}], from which no model can be "
                    + "made. Fetch the file again."
            );

    /// <summary>
    /// Both sides of a square matrix or convolution: a width that the file really holds, not one that a thin tensor claims.
    /// </summary>
    /// <exception cref="LumenException">There is no such tensor, or it is not square.</exception>
    public long Square(string tensor) =>
        Size(tensor, 0) is var side && Size(tensor, 1) == side
            ? side
            : throw new LumenException(
                LumenErrorKind.Model,
                $"{_description}: {_prefix}{tensor} has the shape [{string.Join(", ", Shape(tensor))}]; expected as many rows as "
                    + "columns. Fetch the file again."
            );

    private IReadOnlyList<long> Shape(string tensor) =>
        _entries.TryGetValue(_prefix + tensor, out var entry)
            ? entry.Shape
            : throw new LumenException(
                LumenErrorKind.Model,
                $"{_description} has no tensor {_prefix}{tensor}, without which its sizes are not known. Fetch the file again, or "
                    + "give its configuration with `Config`."
            );
}
