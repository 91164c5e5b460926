using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Captioning;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Imaging;

namespace Lumen.Generation;

/// <summary>Everything that made a picture, as it is written into the PNG. File names only, never absolute paths.</summary>
public sealed record GenerationRecord
{
    private const string Format = "lumen-generation-1";
    private static readonly string[] SourceKinds = ["reference", "layout", "condition_image"];
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>How it was generated, all that makes it again: with the scheduler that ran and the picture's size.</summary>
    public required GenerationOptions Options { get; init; }

    /// <summary>Number of the picture's noise stream.</summary>
    public long Item { get; init; }

    /// <summary>
    /// The seed that makes this picture alone, as the first of its run; for the first picture of a batch it is the batch's own.
    /// </summary>
    public ulong PictureSeed => new RandomStream(Options.Seed).SeedOf(Item);

    /// <summary>Threads that computed it, which decide how sums are rounded; null where it is not recorded.</summary>
    public int? Threads { get; init; }

    /// <summary>Name and weights hash of the base model.</summary>
    public required (string Name, string Hash) Model { get; init; }

    /// <summary>Name and weights hash of the adapter; null where the prompt alone decided.</summary>
    public (string Name, string Hash)? Adapter { get; init; }

    /// <summary>
    /// What the file that steered the picture was - <c>reference</c>, <c>layout</c> or <c>condition_image</c> -, its name and the hash of
    /// its content. Null where it came from no file.
    /// </summary>
    public (string Kind, string Name, string Hash)? Source { get; init; }

    /// <summary>The layout that was followed, or null where an ordinary ControlNet was.</summary>
    public LayoutRecord? Layout { get; init; }

    /// <summary>
    /// How far the picture shows what the prompt asks for; null where no CLIP looked at it, or the prompt names none of its phrases.
    /// </summary>
    public PromptObedience? Obedience { get; init; }

    /// <summary>Compute type: <c>float32</c> or <c>bfloat16</c>.</summary>
    public required string ComputeType { get; init; }

    /// <summary>The two text chunks of the PNG.</summary>
    public PngText ToPngText() => new(ToParameters(), ToJson().ToJsonString(Json));

    /// <summary>The settings as AUTOMATIC1111's web UI writes and reads them.</summary>
    public string ToParameters() => InfoText.Of(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="LumenException">It is no JSON, or an entry is of the wrong kind.</exception>
    public static GenerationRecord Parse(string json, string name) =>
        ConfigJson.Parse(
            json,
            name,
            fields =>
            {
                var kind = SourceKinds.FirstOrDefault(fields.Has);
                var source = kind is null ? default : Named(kind, "file_name", "sha256");
                var layout = fields.Has("basis_sha256")
                    ? new LayoutRecord(
                        fields.Text("basis_sha256", ""),
                        fields.Text("layout_sha256", ""),
                        (fields.Int("components", 1), fields.Int("basis_components", 1)),
                        fields.Number("layout_agreement", 0)
                    )
                    : null;
                return new GenerationRecord
                {
                    Prompt = fields.Text("prompt", ""),
                    Options = GenerationOptionsJson.Read(fields) with
                    {
                        NumInferenceSteps = fields.RequiredInt("num_inference_steps"),
                        NegativePrompt = fields.Text("negative_prompt", ""),
                        Components = layout is { Components: var (used, total) } && used < total ? used : null,
                        Width = fields.RequiredInt("width"),
                        Height = fields.RequiredInt("height"),
                        Seed = fields.Natural("seed", 0),
                    },
                    Item = fields.Int("item", 0, least: 0),
                    Threads = fields.OptionalInt("threads", most: 4096),
                    Model = Named("model", "name", "weights_sha256"),
                    Adapter = fields.Has("adapter") ? Named("adapter", "name", "weights_sha256") : null,
                    Source = kind is null ? null : (kind, source.Name, source.Hash),
                    Layout = layout,
                    Obedience = fields.Object("obedience", ObedienceJson.Read),
                    ComputeType = fields.Choice("dtype", "float32", "float32", "bfloat16"),
                };

                (string Name, string Hash) Named(string key, string first, string second)
                {
                    var found = fields.Object(key, entry => Tuple.Create(entry.Text(first, ""), entry.Text(second, "")));
                    fields.Require(
                        found is { Item1.Length: > 0, Item2.Length: > 0 },
                        $"{key} must be an object with {first} and {second}."
                    );
                    return (found?.Item1 ?? "", found?.Item2 ?? "");
                }
            }
        );

    /// <summary>The record in a picture file; null where it holds none.</summary>
    /// <exception cref="LumenException">There is no such file, or the record is damaged.</exception>
    public static GenerationRecord? OfFile(string path) =>
        path.EndsWith(".png", StringComparison.OrdinalIgnoreCase)
        && PngReader.ReadText(path).Lumen is { } json
        && json.Contains($"\"{Format}\"", StringComparison.Ordinal)
            ? Parse(json, $"The record in {Path.GetFileName(path)}")
            : null;

    /// <summary>Everything, as JSON with the names of diffusers.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["format"] = Format,
            ["prompt"] = Prompt,
            ["negative_prompt"] = Options.NegativePrompt,
        };
        GenerationOptionsJson.AddTo(json, Options with { Components = null }); // which stand beside those of the basis
        json["seed"] = Options.Seed;
        json["item"] = Item;
        json["picture_seed"] = PictureSeed;
        json["width"] = Options.Width;
        json["height"] = Options.Height;
        json["dtype"] = ComputeType;
        json["model"] = new JsonObject { ["name"] = Model.Name, ["weights_sha256"] = Model.Hash };
        if (Adapter is var (adapter, weights))
            json["adapter"] = new JsonObject { ["name"] = adapter, ["weights_sha256"] = weights };
        if (Source is var (kind, name, hash))
            json[kind] = new JsonObject { ["file_name"] = name, ["sha256"] = hash };
        if (Threads is { } threads)
            json["threads"] = threads;
        Layout?.AddTo(json);
        if (Obedience is not null)
            json["obedience"] = ObedienceJson.Of(Obedience);
        return json;
    }
}

/// <summary>The layout that a picture was made from, as it is written into the PNG.</summary>
/// <param name="BasisHash">Hash of the layout basis.</param>
/// <param name="Hash">Hash of the layout's values as they were used.</param>
/// <param name="Components">Components that were used, and how many the basis has.</param>
/// <param name="Agreement">Agreement of the picture's own layout with the given one.</param>
public sealed record LayoutRecord(string BasisHash, string Hash, (int Used, int Total) Components, double Agreement)
{
    /// <summary>Adds the entries to those of a <see cref="GenerationRecord"/>.</summary>
    internal void AddTo(JsonObject json)
    {
        json["components"] = Components.Used;
        json["basis_components"] = Components.Total;
        json["basis_sha256"] = BasisHash;
        json["layout_sha256"] = Hash;
        json["layout_agreement"] = Math.Round(Agreement, 4);
    }
}
