using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;
using Lumen.Models.Vision;
using Lumen.Scenes;
using Lumen.Training;
using Lumen.Training.Backbones;
using static TorchSharp.torch;

namespace Lumen.Testing;

/// <summary>
/// Complete models of random weights, small enough that a test can write, load and run them in a moment: 32 x 32 pictures, 16 x 16 latents
/// of 4 channels, two levels.
/// </summary>
public static class TinyModels
{
    /// <summary>Side of the pictures.</summary>
    public const int Size = 32;

    /// <summary>N of the adapter's basis.</summary>
    public const int Components = 4;

    /// <summary>Longest prompt in tokens, begin and end included.</summary>
    public const int MaxTokens = 16;

    private static readonly UNetConfig Denoiser = new()
    {
        SampleSize = Size / 2,
        BlockOutChannels = [8, 16],
        DownAttention = [false, true],
        UpAttention = [true, false],
        LayersPerBlock = 1,
        NormNumGroups = 4,
        CrossAttentionDim = 16,
        TransformerLayersPerBlock = [1, 1],
        Heads = [1, 2],
    };

    /// <summary>A base model with its adapter in <c>controlnet</c>.</summary>
    /// <param name="folder">Made if absent.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <returns>The folder.</returns>
    public static string Write(string folder, ulong seed = 1)
    {
        WriteBase(folder, seed);
        WriteAdapter(Path.Combine(folder, "controlnet"), folder, seed);
        return folder;
    }

    /// <summary>A base model in diffusers format.</summary>
    /// <param name="folder">Made if absent.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="denoiser">Another denoiser than the tiny one; takes 4 channels.</param>
    public static void WriteBase(string folder, ulong seed = 1, UNetConfig? denoiser = null)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var random = new RandomStream(seed);
        var config = new AutoencoderConfig
        {
            BlockOutChannels = [8, 16],
            LayersPerBlock = 1,
            NormNumGroups = 4,
            SampleSize = Size,
            ScalingFactor = 1,
        };
        using var vae = new AutoencoderKL(config, Placement.Reference);
        WeightInitialisation.Apply(vae, random.For(0));
        denoiser ??= Denoiser;
        using var unet = new UNet2DConditionModel(denoiser, Placement.Reference);
        WeightInitialisation.Apply(unet, random.For(1));
        var tokens = ClipVocabulary.Write(
            Path.Combine(folder, "tokenizer"),
            ["a street at night in fog", "a street by day in clear weather"],
            maxLength: MaxTokens
        );
        using var text = new ClipTextModel(
            new ClipTextConfig(
                tokens,
                HiddenSize: denoiser.CrossAttentionDim,
                IntermediateSize: 32,
                Layers: 1,
                Heads: 2,
                MaxPositions: MaxTokens,
                EndOfTextId: tokens - 1
            ),
            Placement.Reference
        );
        text.Initialise(random.For(2));
        ModelFolder.WritePart(Path.Combine(folder, "vae"), vae.Config.ToJson(), vae.state_dict(), "diffusion_pytorch_model.safetensors");
        ModelFolder.WritePart(Path.Combine(folder, "unet"), unet.Config.ToJson(), unet.state_dict(), "diffusion_pytorch_model.safetensors");
        ModelFolder.WritePart(Path.Combine(folder, "text_encoder"), text.Config.ToJson(), text.state_dict(), "model.safetensors");
        var scheduler = new SchedulerConfig
        {
            BetaStart = 0.00085,
            BetaEnd = 0.012,
            BetaSchedule = BetaSchedule.ScaledLinear,
            ClipSample = false,
            PredictionType = PredictionType.VPrediction,
        };
        ModelFolder.WriteText(Path.Combine(folder, "scheduler", "scheduler_config.json"), scheduler.ToJson());
        ModelFolder.WriteIndex(folder);
    }

    /// <summary>An adapter with random outputs, so that it does change pictures, and a basis fitted to four street scenes.</summary>
    /// <param name="folder">The adapter's folder, made if absent.</param>
    /// <param name="model">Folder of its base.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="backbone">Weights of a network that layouts are read with; null for the base's own U-Net.</param>
    /// <param name="registry">The backbones that they may be of; null for the built-in ones.</param>
    public static void WriteAdapter(string folder, string model, ulong seed = 1, string? backbone = null, LumenRegistry? registry = null)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var loaded = DiffusionModel.Load(model, Placement.Reference);
        using var vision = backbone is null ? null : VisionBackboneFile.Open(backbone, Placement.Reference, registry: registry);
        var source = vision is null ? LayoutFitting.SourceOf(loaded, "up_blocks[0]", 100) : vision.SourceOf();
        var batch = new PictureBatch(PictureTensor.ToTensor([.. Enumerable.Range(0, 4).Select(Scene)]), [0, 1, 2, 3]);
        using var basis = BasisFitter.Fit(
            LayoutAdapter.FeaturesOf(loaded, source, vision),
            [batch],
            new BasisOptions { Components = Components }
        );
        var config = new ControlNetConfig(loaded.UNet.Config)
        {
            ConditioningChannels = Components,
            ConditioningEmbeddingOutChannels = [8, 16],
        };
        using var control = new ControlNetModel(config, Placement.Reference);
        WeightInitialisation.Apply(control, new RandomStream(seed).For(3));
        ModelFolder.WritePart(folder, config.ToJson(), control.state_dict(), "diffusion_pytorch_model.safetensors");
        basis.Save(folder);
        LayoutAdapter.WriteBase(folder, loaded);
    }

    /// <summary>An adapter of random weights for a condition other than the layout.</summary>
    /// <param name="folder">The adapter's folder, made if absent.</param>
    /// <param name="model">Folder of its base.</param>
    /// <param name="settings">The condition, with every number filled in.</param>
    /// <param name="widths">Channels of what reads the condition; each after the first halves it, down to the latents' size.</param>
    public static void WriteAdapter(string folder, string model, ConditionSettings settings, long[]? widths = null)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var loaded = DiffusionModel.Load(model, Placement.Reference);
        var config = new ControlNetConfig(loaded.UNet.Config)
        {
            ConditioningChannels = settings.ToCondition().Channels,
            ConditioningEmbeddingOutChannels = widths ?? [8, 16],
        };
        using var control = new ControlNetModel(config, Placement.Reference);
        WeightInitialisation.Apply(control, new RandomStream(5));
        ModelFolder.WritePart(folder, config.ToJson(), control.state_dict(), "diffusion_pytorch_model.safetensors");
        settings.Save(folder);
        LayoutAdapter.WriteBase(folder, loaded);
    }

    /// <summary>A whole CLIP of random weights for pictures of 32 x 32, in the layout of transformers.</summary>
    /// <param name="folder">Made if absent.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <returns>The folder.</returns>
    public static string WriteClip(string folder, ulong seed = 1)
    {
        const int Joint = 12;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var random = new RandomStream(seed);
        var family = BackboneFamilies.All.Single(one => one.Name == "clip");
        var config = new VisionTransformerConfig
        {
            Width = 16,
            Depth = 2,
            Heads = 2,
            Patch = 8,
            Grid = Size / 8,
            Hidden = 32,
            PreNorm = true,
            Projection = Joint,
            Epsilon = 1e-5,
            FeedForward = VisionFeedForward.QuickGelu,
        };
        using var vision = new VisionTransformer(config, Placement.Reference);
        vision.Initialise(random.For(0));
        var tokens = ClipVocabulary.Write(folder, ["a street at night in fog", "a street by day in clear weather"], maxLength: MaxTokens);
        var textConfig = new ClipTextConfig(
            tokens,
            HiddenSize: 16,
            IntermediateSize: 32,
            Layers: 1,
            Heads: 2,
            MaxPositions: MaxTokens,
            EndOfTextId: tokens - 1,
            ProjectionDim: Joint
        );
        using var text = new ClipTextModel(textConfig, Placement.Reference);
        text.Initialise(random.For(1));
        var state = text.state_dict();
        state["text_projection.weight"] = random.For(2).Normal([Joint, 16]) / 4;
        state["logit_scale"] = tensor(3f);
        BackboneFolder.Write(folder, family, (config, ScalarType.Float32), vision.state_dict(), (textConfig, state));
        return folder;
    }

    /// <summary>A street scene of the model's size.</summary>
    public static Picture Scene(int index) => Scene(index, Size, Size);

    /// <summary>A street scene.</summary>
    public static Picture Scene(int index, int width, int height)
    {
        var seeds = SceneSeeds.For(SceneSplit.Test, index, 1);
        return new Picture(
            width,
            height,
            StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), width, height).Rgb
        );
    }
}
