using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Datasets;
using Lumen.Files;
using Lumen.Generation;

namespace Lumen.Augmentation;

/// <summary>
/// What all runs into one output folder must agree on, kept in <c>lumen/augmentation.json</c>. The number of variants, the prompts and the
/// shard are not among them: more may be added, and a picture whose prompt has changed is made again.
/// </summary>
internal static class AugmentationSettings
{
    public const string File = "lumen/augmentation.json";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the settings, or refuses to continue with others.</summary>
    /// <exception cref="LumenException">The folder was begun with other settings; the differences are named.</exception>
    public static void Agree(string output, Dataset dataset, ImageGenerator generator, AugmentationOptions options)
    {
        var (path, own) = (Path.Combine(output, File), Of(dataset, generator, options));
        if (!System.IO.File.Exists(path))
        {
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(own.ToJsonString(Indented) + "\n"));
            return;
        }
        var old = Read(path);
        var differences = own.Where(pair => Text(pair.Value) != Text(old[pair.Key]))
            .Select(pair => $"{pair.Key} was {Text(old[pair.Key])} and is {Text(pair.Value)}")
            .ToList();
        if (differences.Count > 0)
            throw new LumenException(
                $"{output} was begun with other settings: {string.Join("; ", differences)}. Use the same settings to continue with it, "
                    + "or another `Output`."
            );
    }

    private static JsonObject Of(Dataset dataset, ImageGenerator generator, AugmentationOptions options)
    {
        var json = new JsonObject
        {
            ["format"] = dataset.Format,
            ["seed"] = options.Seed,
            ["model_sha256"] = generator.Model.WeightsHash,
            ["adapter_sha256"] = generator.Adapter!.WeightsHash,
            ["basis_sha256"] = generator.Adapter.Basis.Hash,
            ["dtype"] = VariantMetadata.TypeOf(generator),
            ["resolution"] = options.Resolution switch
            {
                null => "native",
                AugmentationOptions.OriginalResolution => "original",
                { } side => $"{side}",
            },
            ["size"] = options.Size is { } size ? $"{size.Width}x{size.Height}" : null,
            ["fit"] = options.Fit.ToString().ToLowerInvariant(),
            ["batch"] = options.Batch,
            ["originals"] = options.WithOriginals,
            ["picture_type"] = options.PictureType.ToString().ToLowerInvariant(),
            ["min_agreement"] = options.MinAgreement,
            ["min_obedience"] = options.MinObedience,
            ["clip_sha256"] = options.MinObedience is null ? null : generator.Obedience?.ClipSha256,
            ["retries"] = options.MinAgreement is null && options.MinObedience is null ? null : options.Retries,
            ["ignore_below"] = options.IgnoreBelow,
            ["ignore_label"] = options.IgnoreLabel,
            ["confidence"] = options.Confidence,
            ["keep_classes"] = options.Keep is null ? null : string.Join(", ", options.Keep.Classes),
            ["keep_mask"] = options.Keep?.MaskFolder is null ? null : true,
            ["feather"] = options.Keep?.Feather,
            ["leak_check"] = options.HeldOutCheck.ToString().ToLowerInvariant(),
            ["leak_threshold"] = options.HeldOutCheck == HeldOutCheck.Layout ? options.LeakThreshold : null,
        };
        var sampling = options.Generation with { Scheduler = options.Generation.SchedulerFor(generator.Model.Schedule) };
        GenerationOptionsJson.AddTo(json, sampling, json.IndexOf("dtype") + 1);
        return json;
    }

    /// <summary>Whether the originals belong to the output, as its settings say; true where there are none.</summary>
    public static bool HasOriginals(string output) =>
        !System.IO.File.Exists(Path.Combine(output, File)) || JsonFile.Read(Path.Combine(output, File))["originals"]?.Flag() != false;

    /// <summary>The agreement and obedience that are asked for in a folder, and whether it has settings at all.</summary>
    public static (bool IsBegun, double? MinAgreement, double? MinObedience) LimitsOf(string output)
    {
        if (!System.IO.File.Exists(Path.Combine(output, File)))
            return (false, null, null);
        var settings = JsonFile.Read(Path.Combine(output, File));
        return (true, settings["min_agreement"]?.Number(), settings["min_obedience"]?.Number());
    }

    private static JsonObject Read(string path)
    {
        var json = JsonFile.Read(path).ToObject();
        // Earlier versions wrote both ends of the window as one text, with the decimal mark of their culture.
        if (
            json["control_guidance"] is JsonValue window
            && window.TryGetValue<string>(out var text)
            && text.Split(" to ") is [var from, var to]
        )
            foreach (var (name, value) in new[] { ("control_guidance_start", from), ("control_guidance_end", to) })
                if (double.TryParse(value.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var fraction))
                    json[name] = fraction;
        return json;
    }

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "nothing";
}
