using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Pretrained;

namespace Lumen.Cli;

/// <summary>What <c>lumen generate</c> was asked for.</summary>
internal sealed record GenerateSettings
{
    public required (string? Reference, string? Layout, string? Condition) Source { get; init; }
    public required string Prompt { get; init; }
    public required string Model { get; init; }
    public ModelFileOptions? ModelFile { get; init; }
    public required string Adapter { get; init; }
    public string? BackboneWeights { get; init; }
    public string? Clip { get; init; }
    public string? Phrases { get; init; }
    public required string Output { get; init; }
    public Placement Placement { get; init; }
    public bool IsJson { get; init; }
    public int Workers { get; init; } = 1;
    public required GenerationOptions Options { get; init; }

    /// <summary>The file that steers the results.</summary>
    public string SourceFile => Source.Reference ?? Source.Layout ?? Source.Condition!;

    /// <summary>Refuses what can be refused before anything is loaded.</summary>
    /// <exception cref="LumenException">A value is out of range.</exception>
    public void Validate()
    {
        if (new[] { Source.Reference, Source.Layout, Source.Condition }.Count(file => file is not null) != 1)
            throw new LumenException(
                "Give either --reference PICTURE or --layout FILE, from which the results take their layout, or --condition-image "
                    + "PICTURE with an ordinary ControlNet: one of the three."
            );
        if (Source.Condition is not null && (Options.Components is not null || BackboneWeights is not null))
            throw new LumenException(
                $"{(Options.Components is not null ? "--components" : "--backbone-weights")} belongs to neural layouts, but "
                    + "--condition-image is a picture: leave one of them out."
            );
        Options.Validate();
    }
}
