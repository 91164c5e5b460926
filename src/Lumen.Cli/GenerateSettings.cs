using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Pretrained;

namespace Lumen.Cli;

/// <summary>What <c>lumen generate</c> was asked for.</summary>
internal sealed record GenerateSettings
{
    private const int MostPictures = 10_000; // all of them go to one sheet

    public required (string? Reference, string? Layout, string? Condition) Source { get; init; }
    public required string Prompt { get; init; }
    public required string Model { get; init; }
    public ModelFileOptions? ModelFile { get; init; }
    public required string Adapter { get; init; }
    public string? BackboneWeights { get; init; }
    public required string Output { get; init; }
    public int? Components { get; init; }
    public int Count { get; init; } = 1;
    public (int? Width, int? Height) Size { get; init; }
    public Placement Placement { get; init; }
    public bool IsJson { get; init; }
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
        if (Source.Condition is not null && (Components is not null || BackboneWeights is not null))
            throw new LumenException(
                $"{(Components is not null ? "--components" : "--backbone-weights")} belongs to neural layouts, but "
                    + "--condition-image is a picture: leave one of them out."
            );
        if (Count is < 1 or > MostPictures)
            throw new LumenException($"--num-images-per-prompt must be 1 to {MostPictures} but is {Count}.");
        if (Components < 1)
            throw new LumenException($"--components must be 1 or more but is {Components}.");
        Options.Validate();
    }
}
