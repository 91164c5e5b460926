using Lumen.Core.Checkpoints;

namespace Lumen.Pretrained;

/// <summary>One row of the table of <see cref="WeightKinds"/>: names by which weights are recognised, and what they are.</summary>
/// <param name="Names">Patterns of tensor names with <c>*</c> for anything; alternatives stand between bars. Every entry must have one that
/// a tensor fits.</param>
/// <param name="Identity">What such weights are.</param>
internal sealed record WeightMarks(IReadOnlyList<string> Names, WeightIdentity Identity)
{
    /// <summary>A tensor, one of its axes and the size it must have; null where shapes say nothing more.</summary>
    public (string Tensor, int Axis, long Size)? Shape { get; init; }

    /// <summary>The number of tensors at most; more are something else.</summary>
    public int MostTensors { get; init; } = int.MaxValue;

    /// <summary>Whether a file has these marks.</summary>
    public bool Fit(Checkpoint file) =>
        file.Entries.Count <= MostTensors
        && HasShape(file)
        && Names.All(entry => entry.Split('|').Any(pattern => file.Entries.Keys.Any(name => Matches(name, pattern))));

    private bool HasShape(Checkpoint file) =>
        Shape is not var (pattern, axis, size)
        || file.Entries.Any(entry => Matches(entry.Key, pattern) && axis < entry.Value.Shape.Count && entry.Value.Shape[axis] == size);

    // Pieces between the stars in their order, the first at the beginning and the last at the end.
    private static bool Matches(string name, string pattern)
    {
        var pieces = pattern.Split('*');
        if (pieces.Length == 1)
            return name == pattern;
        if (!name.StartsWith(pieces[0], StringComparison.Ordinal) || !name.EndsWith(pieces[^1], StringComparison.Ordinal))
            return false;
        var (at, end) = (pieces[0].Length, name.Length - pieces[^1].Length);
        foreach (var piece in pieces[1..^1])
        {
            var found = at <= end ? name.IndexOf(piece, at, end - at, StringComparison.Ordinal) : -1;
            if (found < 0)
                return false;
            at = found + piece.Length;
        }
        return at <= end;
    }
}

/// <summary>What a file of weights is, in words.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Title">What it is: "a LoRA of kohya's trainers".</param>
/// <param name="Advice">Whether Lumen runs it and what to do, a whole sentence without its full stop; empty where there is nothing to
/// say.</param>
internal sealed record WeightIdentity(WeightKind Kind, string Title, string Advice)
{
    /// <summary>Both, for the middle of a sentence: "it is ...; ...".</summary>
    public string Described =>
        Kind == WeightKind.Unknown ? "nothing in its names is known to Lumen" : $"it is {Title}{(Advice.Length > 0 ? $"; {Advice}" : "")}";
}
