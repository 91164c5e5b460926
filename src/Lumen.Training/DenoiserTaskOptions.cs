namespace Lumen.Training;

/// <summary>Settings of base training.</summary>
internal sealed record DenoiserTaskOptions
{
    /// <summary>Fraction of captions replaced by the empty prompt, for classifier-free guidance.</summary>
    public double ProportionEmptyPrompts { get; init; } = 0.1;

    /// <inheritdoc cref="TrainingOptions.SnrGamma"/>
    public double? SnrGamma { get; init; }

    /// <summary>Prompts of the previews.</summary>
    public IReadOnlyList<string> PreviewPrompts { get; init; } =
    [
        "a street by day in clear weather",
        "a street at sunset in clear weather",
        "a street at night in clear weather",
        "a street by day in fog",
        "a street by day in snow",
        "a street by day in rain",
        "a street at night in fog",
        "a street by day with red brick buildings and a white car",
    ];
}
