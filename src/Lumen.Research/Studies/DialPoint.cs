using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Generation;

namespace Lumen.Research.Studies;

/// <summary>A way of generating that the study of the dial tries: the recipe's own, with these entries in the place of its.</summary>
public sealed record DialPoint
{
    /// <summary>Its name in tables and files: small letters, digits and dashes.</summary>
    public required string Name { get; init; }

    /// <summary>The first N components of the layout are used; null: all.</summary>
    public int? Components { get; init; }

    /// <inheritdoc cref="GenerationOptions.NumInferenceSteps"/>
    public int? NumInferenceSteps { get; init; }

    /// <inheritdoc cref="GenerationOptions.Scheduler"/>
    public string? Scheduler { get; init; }

    /// <inheritdoc cref="GenerationOptions.GuidanceScale"/>
    public double? GuidanceScale { get; init; }

    /// <inheritdoc cref="GenerationOptions.GuidanceStart"/>
    public double? GuidanceStart { get; init; }

    /// <inheritdoc cref="GenerationOptions.GuidanceEnd"/>
    public double? GuidanceEnd { get; init; }

    /// <inheritdoc cref="GenerationOptions.LayoutGuidanceScale"/>
    public double? LayoutGuidanceScale { get; init; }

    /// <inheritdoc cref="GenerationOptions.ConditioningScale"/>
    [JsonPropertyName("controlnet_conditioning_scale")]
    public double? ConditioningScale { get; init; }

    /// <inheritdoc cref="GenerationOptions.ControlGuidanceStart"/>
    public double? ControlGuidanceStart { get; init; }

    /// <inheritdoc cref="GenerationOptions.ControlGuidanceEnd"/>
    public double? ControlGuidanceEnd { get; init; }

    /// <summary>The options of a picture.</summary>
    /// <param name="recipe">The recipe's own.</param>
    public GenerationOptions Of(GenerationOptions recipe) =>
        recipe with
        {
            NumInferenceSteps = NumInferenceSteps ?? recipe.NumInferenceSteps,
            Scheduler = Scheduler ?? recipe.Scheduler,
            GuidanceScale = GuidanceScale ?? recipe.GuidanceScale,
            GuidanceStart = GuidanceStart ?? recipe.GuidanceStart,
            GuidanceEnd = GuidanceEnd ?? recipe.GuidanceEnd,
            LayoutGuidanceScale = LayoutGuidanceScale ?? recipe.LayoutGuidanceScale,
            ConditioningScale = ConditioningScale ?? recipe.ConditioningScale,
            ControlGuidanceStart = ControlGuidanceStart ?? recipe.ControlGuidanceStart,
            ControlGuidanceEnd = ControlGuidanceEnd ?? recipe.ControlGuidanceEnd,
        };

    /// <summary>What differs from the recipe: <c>guidance_scale 5, guidance_end 0.7</c>; empty for nothing.</summary>
    internal string Changes =>
        string.Join(
            ", ",
            JsonSerializer
                .SerializeToNode(this, StudyRecipe.Strict)!
                .AsObject()
                .Where(entry => entry.Key != "name")
                .Select(entry => $"{entry.Key} {entry.Value}")
        );
}
