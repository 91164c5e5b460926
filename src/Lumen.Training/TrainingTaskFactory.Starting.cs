using System.Globalization;
using Lumen.Core.Checkpoints;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using Lumen.Pretrained;
using static TorchSharp.torch;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    private static AutoencoderConfig StartingAutoencoder(Recipe recipe, string model)
    {
        RefuseSections(model, ("vae", recipe.Vae));
        RequireFolder(model);
        return VaeConfig(model, "Give initialise_from a model folder.");
    }

    private AutoencoderKL StartingAutoencoder(Recipe recipe, string model, AutoencoderConfig config)
    {
        var vae = OpenVae(model, config);
        foreach (var (name, parameter) in vae.named_parameters())
            parameter.requires_grad = recipe.TrainEncoder || !AutoencoderTask.IsEncoder(name);
        TakenOver(model, "vae", vae);
        return vae;
    }

    private PipelineSource StartingPipeline(Recipe recipe, string model, AutoencoderConfig vae)
    {
        RefuseSections(model, ("unet", recipe.Unet), ("text_encoder", recipe.TextEncoder), ("scheduler", recipe.Scheduler));
        RequireFolder(model);
        var source = PipelineSource.Open(model, new ModelFileOptions());
        if (source.UNet.InChannels == vae.LatentChannels)
            return source;
        source.Dispose();
        throw new LumenException(
            $"The denoiser of {model} expects {source.UNet.InChannels} latent channels, but the autoencoder given with `Vae` has "
                + $"{vae.LatentChannels}. Give one that was begun with that model's, or leave out `Vae`."
        );
    }

    private UNet2DConditionModel StartingUNet(PipelineSource start, UNetConfig config)
    {
        using var weights = start.OpenWeights("unet");
        var unet = StateLoader.Build(
            at => new UNet2DConditionModel(config, at),
            Placement,
            made => StateLoader.Load(made, weights, nameof(UNet2DConditionModel))
        );
        TakenOver(start.Path, "unet", unet);
        return unet;
    }

    private ClipTextModel StartingText(PipelineSource start, ClipTokenizer tokenizer)
    {
        start.RequireMatchingParts(tokenizer);
        using var weights = start.OpenWeights("text_encoder");
        var text = StateLoader.Build(
            at => new ClipTextModel(start.Text, at),
            Placement,
            made => StateLoader.Load(made, weights, nameof(ClipTextModel), ignore: ClipTextModel.IsConstant)
        );
        TakenOver(start.Path, "text_encoder", text);
        return text;
    }

    private ClipTokenizer CopyTokenizer(PipelineSource start)
    {
        var (from, to) = (start.Tokenizer.Folder, Path.Combine(ModelOutput, "tokenizer"));
        if (PreparedIn is null)
            CopyPart(from, to);
        return ClipTokenizer.Load(to, start.Tokenizer.Padding);
    }

    // Loading is exact or refused with every key that differs, so this is the whole report.
    private void TakenOver(string model, string part, nn.Module module)
    {
        var parameters = module.parameters().ToList();
        var frozen = parameters.Where(parameter => !parameter.requires_grad).Sum(parameter => parameter.numel());
        Note(
            string.Create(
                CultureInfo.InvariantCulture,
                $"start    {model}, {part}: all {parameters.Count} tensors, "
                    + $"{parameters.Sum(parameter => parameter.numel()) / 1e6:0.0} M "
                    + $"values{(frozen > 0 ? $", {frozen / 1e6:0.0} M of them frozen" : "")}"
            )
        );
    }

    private static void RefuseSections(string model, params (string Name, object? Section)[] sections)
    {
        var given = sections.Where(section => section.Section is not null).Select(section => $"\"{section.Name}\"").ToList();
        if (given.Count > 0)
            throw new LumenException(
                $"The recipe begins with the weights of {model}, whose networks are what they are. Leave out "
                    + $"{string.Join(", ", given)}, or initialise_from."
            );
    }

    private static void RequireFolder(string model)
    {
        if (File.Exists(model))
            throw new LumenException(
                $"{model} is a single file; training begins with diffusers folders. Convert it first: lumen model convert {model}, "
                    + "with an `OutputDir` of its own."
            );
    }
}
