using System.CommandLine;

namespace Lumen.Cli;

/// <summary>The option that lets held-out pictures be used.</summary>
internal static class HeldOutFlag
{
    public static Option<bool> Make() =>
        Flag.Switch(
            "--allow-held-out",
            "Use a part or folder although its name (val, dev, test, holdout ...) says that it is held out: where the name misleads, "
                + "or nothing is measured on it."
        );
}
