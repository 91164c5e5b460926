using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Lumen.Cli;

/// <summary>
/// The flags that set the properties of the library. Its messages name properties in backticks, since it knows no command line; whoever
/// reads them here is told the flag instead.
/// </summary>
internal static partial class PropertyFlags
{
    // Flags that are spelt as their property is; those of GenerationOptions follow from their own table.
    private static readonly string[] SameName =
    [
        "Activation",
        "Adapter",
        "AllowChange",
        "AllowHeldOut",
        "Backbone",
        "BackboneWeights",
        "Basis",
        "Batch",
        "BatchSize",
        "CaptionColumn",
        "Clip",
        "Condition",
        "ConditionImage",
        "Config",
        "Dataset",
        "Datasets",
        "Depth",
        "Device",
        "Dtype",
        "Endpoint",
        "Ensemble",
        "Estimator",
        "EstimatorInput",
        "EstimatorSize",
        "Feather",
        "Fit",
        "FromClasses",
        "Gallery",
        "IgnoreBelow",
        "IgnoreLabel",
        "InitialiseFrom",
        "Judge",
        "KeepMask",
        "LabelSuffix",
        "Labels",
        "Layout",
        "LeakThreshold",
        "Limit",
        "Link",
        "Listen",
        "MinAgreement",
        "MinObedience",
        "MixedPrecision",
        "Model",
        "Network",
        "Normals",
        "NumImagesPerPrompt",
        "Output",
        "OutputDir",
        "Pairs",
        "Phrases",
        "Port",
        "Template",
        "PredictionType",
        "Prompt",
        "Prompts",
        "Recipe",
        "Reference",
        "References",
        "Resolution",
        "ResumeFromCheckpoint",
        "Retries",
        "Shard",
        "Size",
        "Split",
        "Timestep",
        "Tokenizer",
        "TrainDataDir",
        "Vae",
        "Variants",
    ];

    private static readonly FrozenDictionary<string, string> Flags = new Dictionary<string, string>(
        SameName.Select(name => KeyValuePair.Create(name, Spelt(name))),
        StringComparer.Ordinal
    )
    {
        ["CacheFolder"] = "--cache-dir",
        ["IsOffline"] = "--offline",
        ["Links"] = "--follow-outside",
        ["Token"] = "--token-file",
    }
        .Concat(GenerationFlags.Names)
        .DistinctBy(pair => pair.Key)
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All of them, by property.</summary>
    public static IReadOnlyDictionary<string, string> All => Flags;

    /// <summary>A text of the library with flags in place of properties; what is no property of ours stays.</summary>
    public static string In(string text) =>
        text.Contains('`', StringComparison.Ordinal)
            ? Property().Replace(text, match => Flags.GetValueOrDefault(match.Groups[1].Value, match.Value))
            : text;

    private static string Spelt(string property) => "--" + WordStart().Replace(property, "-$0").ToLowerInvariant();

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*)`")]
    private static partial Regex Property();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
