using System.Text.Json.Nodes;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Layouts;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using Lumen.Testing;
using Lumen.Training;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>
/// A diffusers folder of the size of Stable Diffusion 1.5, with a ControlNet for layouts of 20 components, filled by a formula instead of
/// downloaded: 2.8 GB in bfloat16.
/// </summary>
internal static class FullScaleModel
{
    private const string Weights = "diffusion_pytorch_model.safetensors";
    private const int VaeOrdinal = 30000,
        TextOrdinal = 40000; // the formula's own numbers are 0 for the U-Net and 10000 for the ControlNet

    private static readonly Placement Stored = new(CPU, ScalarType.BFloat16);

    /// <summary>Writes what is missing of the base model.</summary>
    public static void Write(string folder)
    {
        Part(folder, "unet", Weights, FormulaWeights.UNetOrdinal, config => new UNet2DConditionModel(UNetConfig.Parse(config), Stored));
        Part(folder, "vae", Weights, VaeOrdinal, config => new AutoencoderKL(AutoencoderConfig.Parse(config), Stored));
        Part(folder, "text_encoder", "model.safetensors", TextOrdinal, config => new ClipTextModel(ClipTextConfig.Parse(config), Stored));
        ClipVocabulary.Write(Path.Combine(folder, "tokenizer"), ["a street at night in fog"]);
        ModelFolder.WriteText(Path.Combine(folder, "scheduler", "scheduler_config.json"), Config("scheduler"));
        ModelFolder.WriteIndex(folder);
    }

    /// <summary>The U-Net alone, filled by the same formula.</summary>
    public static UNet2DConditionModel UNet(Placement placement)
    {
        var unet = new UNet2DConditionModel(UNetConfig.Parse(Config("unet")), placement);
        FormulaWeights.Fill(unet, FormulaWeights.UNetOrdinal);
        unet.eval();
        return unet;
    }

    /// <summary>The ControlNet alone, filled by the same formula.</summary>
    public static ControlNetModel Control(Placement placement)
    {
        var control = new ControlNetModel(ControlNetConfig.Parse(Config("controlnet")), placement);
        FormulaWeights.Fill(control, FormulaWeights.ControlNetOrdinal);
        return control;
    }

    /// <summary>The adapter that an earlier run wrote, or null.</summary>
    public static string? WrittenAdapter(string folder) =>
        Path.Combine(folder, "controlnet") is var adapter && File.Exists(Path.Combine(adapter, "lumen", "adapter.json")) ? adapter : null;

    /// <summary>Writes the adapter of a basis.</summary>
    public static string WriteAdapter(string folder, DiffusionModel model, LayoutBasis basis)
    {
        Part(
            folder,
            "controlnet",
            Weights,
            FormulaWeights.ControlNetOrdinal,
            config => new ControlNetModel(ControlNetConfig.Parse(config), Stored)
        );
        var adapter = Path.Combine(folder, "controlnet");
        basis.Save(adapter);
        LayoutAdapter.WriteBase(adapter, model);
        return adapter;
    }

    private static void Part(string folder, string part, string file, int ordinal, Func<string, nn.Module> build)
    {
        if (File.Exists(Path.Combine(folder, part, "config.json")))
            return; // written last
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var config = Config(part);
        using var module = build(config);
        FormulaWeights.Fill(module, ordinal);
        ModelFolder.WritePart(Path.Combine(folder, part), JsonNode.Parse(config)!.ToJsonString(), module.state_dict(), file);
    }

    private static string Config(string name)
    {
        using var stream = typeof(FullScaleModel).Assembly.GetManifestResourceStream(name + ".json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
