using System.CommandLine;
using Lumen.Datasets;

namespace Lumen.Cli;

/// <summary>The option that follows links out of a data set.</summary>
internal static class LinkFlag
{
    public static Option<bool> Make() =>
        Flag.Switch(
            "--follow-outside",
            "Follow symbolic links that lead out of the data set's folder: it is made of links to files elsewhere. Default: such "
                + "links are refused by name."
        );

    public static LinkPolicy Of(ParseResult parsed, Option<bool> flag) => parsed.GetValue(flag) ? LinkPolicy.Outside : LinkPolicy.Inside;
}
