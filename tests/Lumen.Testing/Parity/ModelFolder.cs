using System.Text.Json;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;
using static TorchSharp.torch.nn;

namespace Lumen.Testing.Parity;

/// <summary>Models from folders with a config.json and weights.</summary>
internal static class ModelFolder
{
    /// <summary>
    /// What a configuration is of: <c>_class_name</c>, or the first of <c>architectures</c>; null without a configuration.
    /// </summary>
    public static string? ClassOf(string? folder)
    {
        if (folder is null)
            return null;
        var path = System.IO.Path.Combine(folder, "config.json");
        return File.Exists(path) ? ClassIn(path) : null;
    }

    /// <summary>The same for a file.</summary>
    public static string? ClassIn(string config)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(config));
        var root = document.RootElement;
        if (root.TryGetProperty("_class_name", out var name))
            return name.GetString();
        if (root.TryGetProperty("architectures", out var names) && names.GetArrayLength() > 0)
            return names[0].GetString();
        return root.TryGetProperty("hidden_act", out _) && root.TryGetProperty("vocab_size", out _) ? nameof(ClipTextModel) : null;
    }

    /// <summary>The first of these fields of a case that names a folder with a model of this class.</summary>
    public static string? Find(ReferenceCase reference, string className, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (reference.FolderOf(field) is { } folder && ClassOf(folder) == className)
                return folder;
        }
        return null;
    }

    public static UNet2DConditionModel UNet(string folder, Placement placement) =>
        Loaded(new UNet2DConditionModel(UNetConfig.Parse(Config(folder)), placement), folder);

    public static ControlNetModel ControlNet(string folder, Placement placement) =>
        Loaded(new ControlNetModel(ControlNetConfig.Parse(Config(folder)), placement), folder);

    public static AutoencoderKL Autoencoder(string folder, Placement placement)
    {
        var model = new AutoencoderKL(AutoencoderConfig.Parse(Config(folder)), placement);
        using var weights = Checkpoint.Open(folder);
        StateLoader.Load(model, weights, nameof(AutoencoderKL), AutoencoderNames.ToCurrent, AutoencoderNames.MayReshape);
        return model;
    }

    public static ClipTextModel TextEncoder(string folder, Placement placement)
    {
        var model = new ClipTextModel(ClipTextConfig.Parse(Config(folder)), placement);
        using var weights = Checkpoint.Open(folder);
        StateLoader.Load(model, weights, nameof(ClipTextModel), ignore: name => name.EndsWith(".position_ids", StringComparison.Ordinal));
        return model;
    }

    public static NoiseSchedule Schedule(string folder) =>
        new(SchedulerConfig.Parse(Read(System.IO.Path.Combine(folder, "scheduler_config.json"))));

    public static string Config(string folder) => Read(System.IO.Path.Combine(folder, "config.json"));

    private static string Read(string path) =>
        File.Exists(path) ? File.ReadAllText(path) : throw new LumenException($"There is no file {path}.");

    private static T Loaded<T>(T model, string folder)
        where T : Module
    {
        using var weights = Checkpoint.Open(folder);
        StateLoader.Load(model, weights, typeof(T).Name);
        return model;
    }
}
