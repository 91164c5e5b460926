using System.CommandLine;
using Lumen.Datasets;

namespace Lumen.Cli;

/// <summary>The options that say of a data set what its files do not.</summary>
internal sealed class DatasetFlags
{
    private readonly Option<string?> _caption = CaptionColumn();
    private readonly Option<string?> _suffix = Flag.Text(
        "--label-suffix",
        "TEXT",
        "What label files have after the name of their picture, such as _mask. Default: found out where it is clear."
    );

    private readonly Option<bool> _outside = LinkFlag.Make();

    public IEnumerable<Option> All => [_caption, _suffix, _outside];

    public static Option<string?> CaptionColumn() =>
        Flag.Text(
            "--caption-column",
            "NAME",
            "Column of metadata.jsonl or metadata.csv that holds captions. Default: text, caption, prompt and the like."
        );

    public DatasetOptions Read(ParseResult parsed) =>
        new()
        {
            Formats = Extensions.Of(parsed).Formats,
            CaptionColumn = parsed.GetValue(_caption),
            LabelSuffix = parsed.GetValue(_suffix),
            Links = LinkFlag.Of(parsed, _outside),
        };
}
