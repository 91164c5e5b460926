using System.Text.Json.Nodes;
using Lumen.Generation;
using Lumen.Scenes;

namespace Lumen.Research.Evaluation;

/// <summary>How much the quick evaluation does.</summary>
public sealed record QuickEvaluationOptions
{
    /// <summary>Held-out scenes; one picture is generated for each, and about twice as many again for the obedience to prompts.</summary>
    public int References { get; init; } = 100;

    /// <summary>How pictures are generated. Its seed is also that of the choice of prompts.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>Seed of the scenes; the test split shares no layout with training under any seed.</summary>
    public ulong SceneSeed { get; init; } = 1;

    /// <summary>How much the scenes show: as much as those that the model was trained on.</summary>
    public SceneDetail SceneDetail { get; init; }

    /// <summary>Other held-out scenes that the class probe is fitted to.</summary>
    public int ProbeScenes { get; init; } = 150;

    /// <summary>Renders that the classifiers of looks learn from; a quarter as many are held out.</summary>
    public int JudgeScenes { get; init; } = 2000;

    /// <summary>Pictures generated at once; has no influence on any picture.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Rows of the contact sheet that are kept.</summary>
    public int SheetRows { get; init; } = 8;

    /// <summary>Refuses values out of range, all of them in one message.</summary>
    /// <exception cref="LumenException">A value is out of range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (References is < 2 or > 100_000)
            faults.Add($"`References` must be 2 to 100000 but is {References}.");
        if (ProbeScenes is < 1 or > 100_000)
            faults.Add($"The number of probe scenes must be 1 to 100000 but is {ProbeScenes}.");
        if (JudgeScenes is < 8 or > 100_000)
            faults.Add($"The number of scenes for the classifiers must be 8 to 100000 but is {JudgeScenes}.");
        if (BatchSize < 1)
            faults.Add($"`BatchSize` must be 1 or more but is {BatchSize}.");
        if (SheetRows < 0)
            faults.Add($"The number of sheet rows must not be negative but is {SheetRows}.");
        Generation.Validate();
        if (faults.Count > 0)
            throw new LumenException(string.Join(" ", faults));
    }

    /// <summary>How pictures are sampled, with the keys of their own records.</summary>
    internal static JsonObject Record(GenerationOptions options)
    {
        var record = new JsonObject { ["negative_prompt"] = options.NegativePrompt };
        GenerationOptionsJson.AddTo(record, options);
        return record;
    }
}
