using Lumen.Augmentation;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Pretrained;

namespace Lumen.Cli;

/// <summary>What <c>lumen augment</c> was asked for.</summary>
internal sealed record AugmentSettings
{
    public required string Dataset { get; init; }
    public string? Format { get; init; }
    public required DatasetOptions Data { get; init; }
    public required string Output { get; init; }
    public required string Model { get; init; }
    public required ModelFileOptions ModelFile { get; init; }
    public required string Adapter { get; init; }
    public string? BackboneWeights { get; init; }
    public string? Clip { get; init; }
    public string? Phrases { get; init; }
    public required PromptMatrix Prompts { get; init; }
    public required AugmentationOptions Options { get; init; }
    public Placement Placement { get; init; }
    public bool AllowsToy { get; init; }
    public bool IsDryRun { get; init; }
    public bool IsJson { get; init; }
}
