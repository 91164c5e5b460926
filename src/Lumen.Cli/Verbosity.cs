using System.CommandLine;

namespace Lumen.Cli;

/// <summary>How much is written beside results and errors.</summary>
internal enum Verbosity
{
    /// <summary>Warnings only.</summary>
    Quiet,

    /// <summary>Warnings, notes and progress.</summary>
    Normal,

    /// <summary>The same, how long each part took, and where an error came from.</summary>
    Verbose,
}

/// <summary><c>--quiet</c> and <c>--verbose</c>, which every command has.</summary>
internal sealed class VerbosityFlags
{
    private readonly Option<bool> _quiet = Flag.Switch(
        "--quiet",
        "Write results that were asked for, warnings and errors; no progress, no notes.",
        "-q"
    );
    private readonly Option<bool> _verbose = Flag.Switch(
        "--verbose",
        "Also write how long each part took, and where in the program an error came from.",
        "-v"
    );

    /// <summary>Both, for a command and all below it.</summary>
    public static VerbosityFlags AddTo(Command command)
    {
        var flags = new VerbosityFlags();
        foreach (var option in new[] { flags._quiet, flags._verbose })
        {
            option.Recursive = true;
            command.Options.Add(option);
        }
        return flags;
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="LumenException">Both were given.</exception>
    public Verbosity Of(ParseResult parsed) =>
        (parsed.GetValue(_quiet), parsed.GetValue(_verbose)) switch
        {
            (true, true) => throw new LumenException("--quiet and --verbose contradict each other. Give one of them."),
            (true, false) => Verbosity.Quiet,
            (false, true) => Verbosity.Verbose,
            _ => Verbosity.Normal,
        };
}
