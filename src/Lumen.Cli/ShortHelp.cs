using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Lumen.Cli;

/// <summary>Help that fits a page: below a group, each verb is told by the first paragraph of its description.</summary>
internal sealed class ShortHelp : SynchronousCommandLineAction
{
    private readonly HelpAction _help = new() { MaxWidth = 110 };

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        foreach (var verb in parseResult.CommandResult.Command.Subcommands)
            verb.Description = verb.Description?.Split("\n\n")[0];
        return _help.Invoke(parseResult);
    }
}
