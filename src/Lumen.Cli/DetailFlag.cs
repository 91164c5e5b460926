using System.CommandLine;
using Lumen.Scenes;

namespace Lumen.Cli;

/// <summary>How much the streets show that a command renders.</summary>
internal static class DetailFlag
{
    /// <summary>The flag of commands that make streets only to measure something on them.</summary>
    public static Option<string?> Make() =>
        Flag.Choice(
            "--scene-detail",
            ["plain", "rich"],
            "How much the street scenes show, as lumen scenes render --detail says: as much as those that the model was trained on. "
                + "Default: plain."
        );

    /// <summary>What was given.</summary>
    public static SceneDetail Of(ParseResult parsed, Option<string?> flag) =>
        Enum.Parse<SceneDetail>(parsed.GetValue(flag) ?? "plain", ignoreCase: true);
}
