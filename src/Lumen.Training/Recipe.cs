using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Lumen.Conditions;
using Lumen.Files;
using Lumen.Training.Backbones;

namespace Lumen.Training;

/// <summary>An exact training run as a file: what <c>lumen train</c> runs again.</summary>
public sealed record Recipe
{
    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary><c>vae</c>, <c>base</c>, <c>adapter</c>, <c>backbone</c>, <c>clip</c> or <c>perception</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>
    /// Where to compute: <c>cuda</c>, <c>cuda:1</c>, <c>mps</c>, or <c>auto</c> for the first that is there; null for the processor.
    /// </summary>
    public string? Device { get; init; }

    /// <summary>The pictures.</summary>
    public RecipeData Data { get; init; } = new();

    /// <summary>
    /// A model folder whose weights training begins with; the networks are then that model's, and the sections that describe them are left
    /// out (vae, base). The folder of an adapter of the same kind, for the same kind of base (adapter): where its layouts have another
    /// basis, its first convolution is turned onto the new one. Null for fresh weights, which are the base's own for an adapter.
    /// </summary>
    public string? InitialiseFrom { get; init; }

    /// <summary>
    /// Whether the encoder is trained, too; without it the latents stay those of the model that is begun with, and what was trained on them
    /// keeps its meaning (vae with <see cref="InitialiseFrom"/>).
    /// </summary>
    public bool TrainEncoder { get; init; } = true;

    /// <summary>Configuration of the autoencoder, as in its <c>config.json</c> (vae).</summary>
    public JsonObject? Vae { get; init; }

    /// <summary>Side of the random crops (vae).</summary>
    public int Crop { get; init; } = 64;

    /// <summary>
    /// Fraction 0...1 of the micro-batches whose latents are made smaller before they are decoded, and compared with pictures made smaller:
    /// latents then hold less detail that is unlike their surroundings, which a denoiser learns last (vae). Null for none.
    /// </summary>
    public double? ScaleEquivariance { get; init; }

    /// <summary>Configuration of the denoiser (base).</summary>
    public JsonObject? Unet { get; init; }

    /// <summary>
    /// Configuration of the text encoder; the vocabulary size is filled in (base, clip, and a backbone of the family clip).
    /// </summary>
    public JsonObject? TextEncoder { get; init; }

    /// <summary>Configuration of the noise schedule (base).</summary>
    public JsonObject? Scheduler { get; init; }

    /// <summary>Where features are taken and how they become layouts (adapter).</summary>
    public RecipeLayout Layout { get; init; } = new();

    /// <summary>The adapter's condition: the layout, or another one to compare it with (adapter).</summary>
    public ConditionSettings Condition { get; init; } = new();

    /// <summary>Widths of the adapter's stem, picture size first (adapter).</summary>
    public IReadOnlyList<long> ConditioningEmbeddingOutChannels { get; init; } = [16, 32, 96, 256];

    /// <summary>The vision transformer and how it is trained (backbone; clip with the family clip).</summary>
    public RecipeBackbone? Backbone { get; init; }

    /// <summary>
    /// A file of phrases, as <c>lumen caption</c> reads them: what the CLIP is to tell apart. How well it does is measured on held-out
    /// pictures, and the file goes with the weights (clip).
    /// </summary>
    public string? Phrases { get; init; }

    /// <summary>Fraction of captions replaced by the empty prompt (base, adapter).</summary>
    public double ProportionEmptyPrompts { get; init; } = 0.1;

    /// <summary>Widths, heads and augmentation (perception).</summary>
    public RecipePerception Perception { get; init; } = new();

    /// <summary>How long and how.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>The recipe as a file that <see cref="Read"/> takes: every entry written out, but those that are nothing.</summary>
    public string ToJson() => JsonFile.ToText(RunEntries.Node(this));

    /// <summary>Reads a recipe file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="registry">What it may name; null for what is built in.</param>
    /// <exception cref="LumenException">The file is absent, not JSON, or has an entry that is not known or of the wrong kind.</exception>
    public static Recipe Read(string path, LumenRegistry? registry = null)
    {
        if (!File.Exists(path))
            throw new LumenException($"There is no recipe at {path}. The built-in ones are in the folder recipes.");
        var recipe = RecipeFile.Read<Recipe>(path, Strict, RecipeAdvice.Sentences);
        var kinds = (registry ?? LumenRegistry.BuiltIn).Conditions.Kinds;
        return kinds.Contains(recipe.Condition.Kind)
            ? recipe
            : throw new LumenException(
                $"The recipe {path} cannot be used: condition.kind must be one of {string.Join(", ", kinds)} but is "
                    + $"\"{recipe.Condition.Kind}\"."
            );
    }
}
