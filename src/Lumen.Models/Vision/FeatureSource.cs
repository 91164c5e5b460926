using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Files;

namespace Lumen.Models.Vision;

/// <summary>
/// Where features come from, exactly enough that two equal records mean interchangeable features. A basis fitted to one source is refused
/// with any other (docs/method.md, binding by hash).
/// </summary>
/// <param name="Backbone">Family and size, such as <see cref="StableDiffusion"/> or <c>dinov2-vits14</c>.</param>
/// <param name="WeightsHash">SHA-256 of the weights, lower-case hexadecimal.</param>
/// <param name="Layer">Block or layer whose output is taken, such as <c>up_blocks[1]</c>; several, which are then brought to one grid, are
/// joined with <c>+</c>.</param>
/// <param name="Timestep">Diffusion timestep 0...999 at which noise is added; -1 where the backbone has none.</param>
/// <param name="Channels">C, channels of the features.</param>
/// <param name="ImageSize">Side in pixels to which pictures are brought before extraction.</param>
public sealed record FeatureSource(string Backbone, string WeightsHash, string Layer, int Timestep, int Channels, int ImageSize)
{
    /// <summary>Name of the backbone that is a diffusion model's own U-Net.</summary>
    public const string StableDiffusion = "stable-diffusion";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Facet of a transformer layer (<c>key</c>, <c>token</c>); null for the output of a U-Net's block.</summary>
    public string? Facet { get; init; }

    /// <summary>
    /// Activation of a backbone whose weights do not tell it (CLIP): <c>gelu</c>, <c>quick_gelu</c>; null for others, and where an older
    /// basis does not say.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Activation { get; init; }

    /// <summary>Channels of each block, joined with <c>+</c> as in <see cref="Layer"/>, where there are several; null for one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ChannelGroups { get; init; }

    /// <summary>The same as numbers; one for a single block.</summary>
    /// <exception cref="LumenException"><see cref="ChannelGroups"/> is no list of numbers.</exception>
    [JsonIgnore]
    public IReadOnlyList<int> Groups => ChannelGroups is null ? [Channels] : [.. ChannelGroups.Split('+').Select(Group)];

    /// <summary>
    /// Seed of the noise that a diffusion backbone adds; 0 where there is none. Another draw of the same noise is not a difference.
    /// </summary>
    public ulong NoiseSeed { get; init; }

    /// <summary>
    /// How many noisy passes are averaged. Averaging changes the noise of the features, not their meaning, so it is not a difference.
    /// </summary>
    public int Ensemble { get; init; } = 1;

    /// <summary>Whether the features are a diffusion model's own.</summary>
    [JsonIgnore]
    public bool IsDiffusion => Backbone == StableDiffusion;

    /// <summary>Every difference in words, or null if features of both sources may be mixed.</summary>
    public string? DifferenceTo(FeatureSource other)
    {
        var differences = new List<string>();
        Compare("backbone", Backbone, other.Backbone);
        Compare("weights", Short(WeightsHash), Short(other.WeightsHash), WeightsHash == other.WeightsHash);
        Compare("layer", Layer, other.Layer);
        Compare("facet", Facet ?? "none", other.Facet ?? "none");
        Compare("timestep", Timestep, other.Timestep);
        Compare("number of channels", Channels, other.Channels);
        Compare("image size", ImageSize, other.ImageSize);
        if (Activation is not null && other.Activation is not null)
            Compare("activation", Activation, other.Activation);
        return differences.Count == 0 ? null : string.Join(", ", differences);

        void Compare<T>(string what, T mine, T theirs, bool? same = null)
        {
            if (!(same ?? Equals(mine, theirs)))
                differences.Add($"{what} {mine} against {theirs}");
        }
    }

    /// <summary>The record as one line of JSON with snake_case keys.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="LumenException">The text is not JSON, or an entry is missing, unknown or of the wrong kind.</exception>
    public static FeatureSource FromJson(string json) => JsonFile.Parse(json, "The feature source").As<FeatureSource>(Json);

    private int Group(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var channels) && channels is > 0 && channels <= Channels
            ? channels
            : throw new LumenException(
                LumenErrorKind.Model,
                $"The feature source names the channels of its blocks as \"{ChannelGroups}\"; expected numbers joined with +, "
                    + $"{Channels} in all."
            );

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
