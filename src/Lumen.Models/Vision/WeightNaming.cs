using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>How one publisher names a family's weights: a table, not code.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Marker">The tensor by which the naming is recognised. What stands before it in a file (<c>vit.</c>, <c>backbone.</c>)
/// stands before every name.</param>
/// <param name="Rows">Their names. Where several rows give one part of one of our tensors, the file decides which holds.</param>
public sealed record WeightNaming(string Name, string Marker, IReadOnlyList<WeightName> Rows)
{
    /// <summary>Whether our own names are theirs where no row says otherwise.</summary>
    public bool IsOurs { get; init; }

    /// <summary>
    /// Beginnings of the names that belong to the backbone, where a file usually holds more (CLIP's text tower); none if all do.
    /// </summary>
    public IReadOnlyList<string> Own { get; init; } = [];

    /// <summary>Beginnings of the names of tensors that features never need.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>Where the tensors of ours are in a file.</summary>
    /// <param name="ours">One of our names.</param>
    /// <param name="exists">Whether the file has a tensor.</param>
    /// <returns>Their names with the part of ours that each holds: one, or three.</returns>
    internal IEnumerable<(string Theirs, WeightPart Part)> Find(string ours, Func<string, bool> exists)
    {
        var candidates = Rows.Select(row => (Theirs: row.For(ours), row.Part))
            .Where(candidate => candidate.Theirs is not null)
            .Select(candidate => (candidate.Theirs!, candidate.Part))
            .ToList();
        if (IsOurs || candidates.Count == 0)
            candidates.Insert(0, (ours, WeightPart.Whole));
        return candidates
            .GroupBy(candidate => candidate.Part)
            .Select(group => group.FirstOrDefault(candidate => exists(candidate.Item1), group.First()));
    }

    /// <summary>Our tensors as a file in this naming has them: views, under their names.</summary>
    /// <param name="ours">A network's state.</param>
    /// <param name="exists">Whether the file has a tensor.</param>
    public IReadOnlyDictionary<string, Tensor> View(IReadOnlyDictionary<string, Tensor> ours, Func<string, bool> exists) =>
        ours.SelectMany(entry => Find(entry.Key, exists), (entry, found) => (found.Theirs, Part: WeightParts.Of(entry.Value, found.Part)))
            .ToDictionary(entry => entry.Theirs, entry => entry.Part, StringComparer.Ordinal);

    /// <summary>Whether a tensor of the file is to be loaded.</summary>
    /// <param name="name">Its name behind the file's prefix.</param>
    internal bool Wants(string name) => (Own.Count == 0 || Begins(name, Own)) && !Begins(name, Ignored);

    private static bool Begins(string name, IReadOnlyList<string> beginnings) =>
        beginnings.Any(beginning => name.StartsWith(beginning, StringComparison.Ordinal));
}
