namespace Lumen.Models.Vision;

/// <summary>
/// One row of a table of names: a module or tensor in another naming and in ours. A <c>#</c> stands for the number of a block.
/// </summary>
/// <param name="Theirs">Their name, without what follows in both (<c>.weight</c>, <c>.bias</c>).</param>
/// <param name="Ours">Our name.</param>
/// <param name="Part">How theirs lies in ours.</param>
public sealed record WeightName(string Theirs, string Ours, WeightPart Part = WeightPart.Whole)
{
    private const string Number = "#";

    /// <summary>Their name of one of our tensors; null if this row does not speak of it.</summary>
    public string? For(string ours)
    {
        var (pattern, name) = (Ours.Split('.'), ours.Split('.'));
        if (name.Length < pattern.Length)
            return null;
        var number = "";
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == Number)
                number = name[i];
            else if (pattern[i] != name[i])
                return null;
        }
        return string.Join('.', [Theirs.Replace(Number, number, StringComparison.Ordinal), .. name[pattern.Length..]]);
    }
}
