using System.Globalization;

namespace Lumen.Datasets;

/// <summary>How many pictures have a caption of their own.</summary>
/// <param name="Captioned">Those with one.</param>
/// <param name="Pictures">All.</param>
/// <param name="Columns">Columns of metadata besides the names of files, where none of them was taken for captions; otherwise
/// empty.</param>
public sealed record CaptionCount(long Captioned, long Pictures, IReadOnlyList<string> Columns)
{
    /// <summary>The sentence that checks, summaries and trainings say.</summary>
    public override string ToString()
    {
        var hint =
            Columns.Count > 0
                ? $"; the metadata has the columns {string.Join(", ", Columns)}: `CaptionColumn` (\"caption_column\" in a recipe's "
                    + "data) says which holds captions"
                : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Captioned} of {Pictures} pictures have a caption{hint}");
    }
}
