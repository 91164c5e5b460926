using System.Text.Json.Nodes;
using Lumen.Files;
using Lumen.Generation;

namespace Lumen.Studio.Jobs;

/// <summary>What the sheet of a grid was made with, as it stands in its PNG.</summary>
internal sealed record GridSettings
{
    private const string Format = "lumen-grid-1";

    /// <summary>Appearance in words.</summary>
    public required string Prompt { get; init; }

    /// <summary>How pictures are made.</summary>
    public required GenerationOptions Options { get; init; }

    /// <summary>What the columns vary.</summary>
    public GridAxis? X { get; init; }

    /// <summary>What the rows vary.</summary>
    public GridAxis? Y { get; init; }

    /// <summary>What the sheets vary, with the value of this one.</summary>
    public GridAxis? Z { get; init; }

    /// <summary>As it stands in the file.</summary>
    public JsonObject Json
    {
        get
        {
            var json = new JsonObject
            {
                ["format"] = Format,
                ["prompt"] = Prompt,
                ["negative_prompt"] = Options.NegativePrompt,
                ["seed"] = Options.Seed,
            };
            if (Options is { Width: { } width, Height: { } height })
                (json["width"], json["height"]) = (width, height);
            GenerationOptionsJson.AddTo(json, Options);
            foreach (var (name, axis) in new[] { ("x", X), ("y", Y), ("z", Z) })
                if (axis is not null)
                    json[name] = new JsonObject
                    {
                        ["dial"] = axis.Dial,
                        ["values"] = new JsonArray([.. axis.Values.Select(value => (JsonNode)JsonValue.Create(value))]),
                    };
            return json;
        }
    }

    /// <summary>Those of a request; null for what is no grid.</summary>
    /// <param name="request">The request.</param>
    /// <param name="z">Which sheet.</param>
    public static GridSettings Of(JobRequest request, string? z) =>
        new()
        {
            Prompt = request.Prompt,
            Options = request.Options,
            X = request.X,
            Y = request.Y,
            Z = z is null ? null : request.Z! with { Values = [z] },
        };

    /// <summary>Those in the text of a PNG; null where it is of something else.</summary>
    /// <param name="text">The text, or null.</param>
    /// <exception cref="LumenException">It is damaged.</exception>
    public static GridSettings? Of(string? text)
    {
        if (text is null || !text.Contains(Format, StringComparison.Ordinal))
            return null;
        var entry = JsonFile.Parse(text, "The settings of the grid");
        var json = entry.ToObject();
        if (json["format"]?.ToString() != Format)
            return null;
        var options = GenerationOptionsJson.Read(entry) with
        {
            NegativePrompt = json["negative_prompt"]?.ToString() ?? "",
            Seed = Number(json["seed"]) ?? new GenerationOptions().Seed,
            Width = (int?)Number(json["width"]),
            Height = (int?)Number(json["height"]),
        };
        return new()
        {
            Prompt = json["prompt"]?.ToString() ?? "",
            Options = options,
            X = Axis(json["x"]),
            Y = Axis(json["y"]),
            Z = Axis(json["z"]),
        };
    }

    private static ulong? Number(JsonNode? node) => ulong.TryParse(node?.ToString(), out var value) ? value : null;

    private static GridAxis? Axis(JsonNode? node) =>
        node is JsonObject axis && axis["dial"] is { } dial
            ? new GridAxis(
                dial.ToString(),
                axis["values"] is JsonArray values
                    ? [.. values.Select(value => value?.ToString() ?? "")]
                    : [axis["value"]?.ToString() ?? ""]
            )
            : null;
}
