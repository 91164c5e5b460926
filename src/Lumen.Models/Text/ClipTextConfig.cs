using System.Text;
using System.Text.Json;
using Lumen.Core.Checkpoints;

namespace Lumen.Models.Text;

/// <summary>
/// The published <c>config.json</c> of a CLIP text encoder (transformers <c>CLIPTextConfig</c>). Absent keys mean the upstream default.
/// </summary>
/// <param name="VocabularySize">Number of token ids (<c>vocab_size</c>).</param>
/// <param name="HiddenSize">Width D of the embeddings (<c>hidden_size</c>).</param>
/// <param name="IntermediateSize">Width inside the MLP (<c>intermediate_size</c>).</param>
/// <param name="Layers">Transformer layers (<c>num_hidden_layers</c>).</param>
/// <param name="Heads">Attention heads; must divide <paramref name="HiddenSize"/> (<c>num_attention_heads</c>).</param>
/// <param name="MaxPositions">Longest token sequence T (<c>max_position_embeddings</c>).</param>
/// <param name="Activation">MLP activation (<c>hidden_act</c>).</param>
/// <param name="LayerNormEpsilon">Epsilon of every layer norm (<c>layer_norm_eps</c>).</param>
/// <param name="EndOfTextId">Id whose row is pooled; 2 is the legacy value and means "the highest id of the row"
/// (<c>eos_token_id</c>).</param>
/// <param name="ProjectionDim">Recorded only, the encoder has no projection (<c>projection_dim</c>).</param>
public sealed record ClipTextConfig(
    long VocabularySize = 49408,
    long HiddenSize = 512,
    long IntermediateSize = 2048,
    int Layers = 12,
    int Heads = 8,
    long MaxPositions = 77,
    ClipActivation Activation = ClipActivation.QuickGelu,
    double LayerNormEpsilon = 1e-5,
    long EndOfTextId = ClipTextConfig.LegacyEndOfTextId,
    long ProjectionDim = 512
)
{
    /// <summary>
    /// The wrong <c>eos_token_id</c> of every published config before transformers 4.28: pool at the highest id of the row instead.
    /// </summary>
    public const long LegacyEndOfTextId = 2;

    /// <summary>Reads the published JSON; a whole CLIP config is read at its <c>text_config</c>.</summary>
    /// <param name="json">The text of <c>config.json</c>.</param>
    /// <exception cref="LumenException">The text is not JSON, or values are missing their type or range; all faults are named
    /// together.</exception>
    public static ClipTextConfig Parse(string json) =>
        ConfigJson.Parse(json, "text_encoder/config.json", reader => reader.Object("text_config", From) ?? From(reader));

    /// <summary>The config as transformers publishes it, so that a saved model opens there.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("architectures");
            json.WriteStringValue("CLIPTextModel");
            json.WriteEndArray();
            json.WriteNumber("attention_dropout", 0.0);
            json.WriteNumber("bos_token_id", Math.Max(VocabularySize - 2, 0));
            json.WriteNumber("dropout", 0.0);
            json.WriteNumber("eos_token_id", EndOfTextId);
            json.WriteString("hidden_act", Activations.Single(a => a.Value == Activation).Key);
            json.WriteNumber("hidden_size", HiddenSize);
            json.WriteNumber("initializer_factor", 1.0);
            json.WriteNumber("initializer_range", 0.02);
            json.WriteNumber("intermediate_size", IntermediateSize);
            json.WriteNumber("layer_norm_eps", LayerNormEpsilon);
            json.WriteNumber("max_position_embeddings", MaxPositions);
            json.WriteString("model_type", "clip_text_model");
            json.WriteNumber("num_attention_heads", Heads);
            json.WriteNumber("num_hidden_layers", Layers);
            json.WriteNumber("pad_token_id", EndOfTextId == LegacyEndOfTextId ? 1 : EndOfTextId);
            json.WriteNumber("projection_dim", ProjectionDim);
            json.WriteString("torch_dtype", "float32");
            json.WriteNumber("vocab_size", VocabularySize);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private const int MostWidth = 1 << 16; // far above every published encoder; what a damaged file claims must not be built

    // "gelu" is the exact erf form (OpenCLIP, SD 2.x); quick_gelu is OpenAI's x * sigmoid(1.702 x).
    private static readonly IReadOnlyDictionary<string, ClipActivation> Activations = new Dictionary<string, ClipActivation>(
        StringComparer.Ordinal
    )
    {
        ["quick_gelu"] = ClipActivation.QuickGelu,
        ["gelu"] = ClipActivation.Gelu,
    };

    private static ClipTextConfig From(ConfigReader reader)
    {
        var standard = new ClipTextConfig();
        var config = new ClipTextConfig(
            reader.Int("vocab_size", (int)standard.VocabularySize, most: 1 << 22),
            reader.Int("hidden_size", (int)standard.HiddenSize, most: MostWidth),
            reader.Int("intermediate_size", (int)standard.IntermediateSize, most: MostWidth),
            reader.Int("num_hidden_layers", standard.Layers, most: 128),
            reader.Int("num_attention_heads", standard.Heads),
            reader.Int("max_position_embeddings", (int)standard.MaxPositions, most: MostWidth),
            Activations[reader.Choice("hidden_act", "quick_gelu", [.. Activations.Keys])],
            reader.Number("layer_norm_eps", standard.LayerNormEpsilon),
            reader.Int("eos_token_id", (int)standard.EndOfTextId, least: 0),
            reader.Int("projection_dim", (int)standard.ProjectionDim, least: 0)
        );
        reader.Require(
            config.HiddenSize % config.Heads == 0,
            $"hidden_size {config.HiddenSize} must be divisible by num_attention_heads {config.Heads}."
        );
        reader.Require(config.LayerNormEpsilon > 0, $"layer_norm_eps must be positive but is {config.LayerNormEpsilon}.");
        return config;
    }
}

/// <summary>The MLP activation of a CLIP text encoder.</summary>
public enum ClipActivation
{
    /// <summary>x * sigmoid(1.702 x), OpenAI CLIP (SD 1.x).</summary>
    QuickGelu,

    /// <summary>The exact erf form, OpenCLIP (SD 2.x).</summary>
    Gelu,
}
