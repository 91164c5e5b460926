using Lumen.Core.Checkpoints;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;

namespace Lumen.Pretrained;

/// <summary>Whole models, looked at part by part: what is missing is reported instead of refused.</summary>
internal static class PipelineInspection
{
    public static ModelReport Folder(string folder)
    {
        var (parts, missing, notes) = (new List<ModelPart>(), new List<string>(), new List<string>());
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        UNetConfig? unet = null;
        if (!File.Exists(In("model_index.json")))
            missing.Add("model_index.json, without which the folder is not taken as a model");
        Part("unet", "config.json", (weights, json) => PartInspection.UNet(weights, unet = UNetConfig.Parse(json), missing));
        Part("vae", "config.json", (weights, json) => PartInspection.Autoencoder(weights, AutoencoderConfig.Parse(json), missing));
        Part("text_encoder", "config.json", (weights, json) => PartInspection.Text(weights, ClipTextConfig.Parse(json), missing));
        Try("tokenizer", () => parts.Add(Tokenizer(ClipTokenizer.Load(In("tokenizer")))));
        Try("scheduler", () => parts.Add(Scheduler(SchedulerConfig.Parse(Text("scheduler", "scheduler_config.json")))));
        if (Directory.Exists(In("controlnet")))
        {
            var adapter = ModelInspector.Inspect(In("controlnet"));
            parts.AddRange(adapter.Parts);
            missing.AddRange(adapter.Missing);
            notes.AddRange(adapter.Notes.Select(note => $"controlnet: {note}"));
        }
        var family = unet is null ? "" : ModelFamily.Of(unet);
        if (missing.Count == 0)
        {
            using var whole = PipelineSource.Open(folder, new ModelFileOptions());
            family = ModelFamily.Of(whole);
            Try("model", () => whole.RequireMatchingParts(ClipTokenizer.Load(In("tokenizer"))));
        }
        return new ModelReport
        {
            Name = ModelInspector.Named(folder),
            Kind = "Stable Diffusion model, diffusers folder",
            Family = family,
            Licence = ModelCard.Licence(folder, metadata),
            Parts = parts,
            Missing = missing,
            Notes = notes,
            Metadata = metadata,
        };

        string In(string part) => Path.Combine(folder, part);

        string Text(string part, string file) =>
            File.Exists(Path.Combine(In(part), file))
                ? File.ReadAllText(Path.Combine(In(part), file))
                : throw new LumenException(LumenErrorKind.Model, $"there is no {part}/{file}.");

        void Part(string name, string config, Func<Checkpoint, string, ModelPart> look) =>
            Try(
                name,
                () =>
                {
                    var json = Text(name, config);
                    using var weights = Checkpoint.Open(In(name));
                    foreach (var (key, value) in weights.Metadata.Where(pair => pair.Key != "format"))
                        metadata[key] = value;
                    parts.Add(look(weights, json));
                }
            );

        void Try(string part, Action look)
        {
            try
            {
                look();
            }
            catch (LumenException fault)
            {
                missing.Add($"{part}: {fault.Message}");
            }
        }
    }

    public static ModelReport SingleFile(string path, ModelFileOptions options)
    {
        using var source = PipelineFile.OpenFile(path, options);
        using var file = Checkpoint.Open(path);
        var (missing, notes) = (new List<string>(), new List<string>());
        var parts = new List<ModelPart>
        {
            Look("unet", weights => PartInspection.UNet(weights, source.UNet, missing)),
            Look("vae", weights => PartInspection.Autoencoder(weights, source.Autoencoder, missing)),
            Look("text_encoder", weights => PartInspection.Text(weights, source.Text, missing)),
            Scheduler(source.Scheduler),
        };
        try
        {
            var (folder, padding) = source.Tokenizer;
            parts.Add(Tokenizer(ClipTokenizer.Load(folder, padding)));
        }
        catch (LumenException fault)
        {
            missing.Add($"tokenizer: {fault.Message}");
        }
        if (file.Entries.Keys.Any(name => name.StartsWith("model_ema.", StringComparison.Ordinal)))
            notes.Add("holds a second U-Net, averaged over training (model_ema.*), which is not used");
        notes.AddRange(NoiseNotes(new ScheduleMarkers(file), options, source.Scheduler));
        return new ModelReport
        {
            Name = source.Name,
            Kind = "Stable Diffusion model, single file with the original names",
            Family = ModelFamily.Of(source),
            Parts = parts,
            Missing = missing,
            Notes = notes,
        };

        ModelPart Look(string part, Func<Checkpoint, ModelPart> look)
        {
            using var weights = source.OpenWeights(part);
            return look(weights);
        }
    }

    private static IEnumerable<string> NoiseNotes(ScheduleMarkers markers, ModelFileOptions options, SchedulerConfig config)
    {
        var predicts = NameOf(config.PredictionType);
        yield return (options.PredictionType, options.Config, markers.PredictionBy) switch
        {
            ({ }, _, { } by) => $"predicts {predicts}, as `PredictionType` says; the file says {by}",
            ({ }, _, null) => $"predicts {predicts}, as `PredictionType` says",
            (_, _, { } by) => $"predicts {predicts}, as {by} says",
            (_, { }, null) => $"predicts {predicts}, as the configuration says or is usual for its kind; the file does not say",
            _ => $"the file does not say what it predicts; {predicts}, which is usual for its kind, is assumed, change it with "
                + "`PredictionType`",
        };
        if (markers.ZeroSnrBy is { } zero)
            yield return $"its last timestep is pure noise (zero terminal SNR), as {zero} says";
    }

    private static ModelPart Scheduler(SchedulerConfig config) =>
        new(
            "scheduler",
            config.ClassName,
            0,
            0,
            [],
            $"{config.TrainTimesteps} timesteps, {NameOf(config.PredictionType)}{(config.RescaleBetasZeroSnr ? ", zero terminal SNR" : "")}"
        );

    private static string NameOf(PredictionType type) =>
        type switch
        {
            PredictionType.Epsilon => "epsilon",
            PredictionType.VPrediction => "v_prediction",
            _ => "sample",
        };

    private static ModelPart Tokenizer(ClipTokenizer tokenizer) =>
        new("tokenizer", "CLIPTokenizer", 0, 0, [], $"{tokenizer.VocabularySize} tokens, prompts of up to {tokenizer.MaxLength}");
}
