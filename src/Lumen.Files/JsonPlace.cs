using System.Globalization;

namespace Lumen.Files;

/// <summary>Where a value stands in a JSON file: <c>annotations[3].category_id</c>.</summary>
/// <param name="File">What messages call the file, with the line where each line is a value of its own.</param>
/// <param name="Parent">The value it is in; null for the whole.</param>
/// <param name="Step">Its name, or its number.</param>
internal sealed record JsonPlace(string File, JsonPlace? Parent = null, string Step = "")
{
    private const int LongestName = 60;

    public JsonPlace Entry(string name) =>
        new(
            File,
            this,
            name.Length <= LongestName && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-')
                ? $".{name}"
                : $"[\"{(name.Length <= LongestName ? name : name[..LongestName] + "...")}\"]"
        );

    public JsonPlace Item(long index) => new(File, this, string.Create(CultureInfo.InvariantCulture, $"[{index}]"));

    public override string ToString() => Parent is null ? File : $"{File}: {Path.TrimStart('.')}";

    private string Path => Parent is null ? "" : Parent.Path + Step;
}
