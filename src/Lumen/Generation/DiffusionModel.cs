using System.Security.Cryptography;
using Lumen.Core;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>A frozen Stable Diffusion model, opened from a diffusers pipeline folder (<c>model_index.json</c>, <c>unet</c>, <c>vae</c>, <c>text_encoder</c>, <c>tokenizer</c>, <c>scheduler</c>).</summary>
public sealed class DiffusionModel : IDisposable
{
    private readonly Lazy<string> _hash;

    private DiffusionModel(string folder, Placement placement)
    {
        (Folder, Placement) = (folder, placement);
        UNet = new UNet2DConditionModel(UNetConfig.Parse(ReadText("unet", "config.json")), placement);
        Vae = new AutoencoderKL(AutoencoderConfig.Parse(ReadText("vae", "config.json")), placement);
        TextEncoder = new ClipTextModel(ClipTextConfig.Parse(ReadText("text_encoder", "config.json")), placement);
        Tokenizer = ClipTokenizer.Load(Path.Combine(folder, "tokenizer"));
        Schedule = new NoiseSchedule(SchedulerConfig.Parse(ReadText("scheduler", "scheduler_config.json")));
        _hash = new Lazy<string>(() => HashOf([Path.Combine(folder, "unet"), Path.Combine(folder, "vae")]));
        Fill(UNet, "unet", nameof(UNet2DConditionModel));
        Fill(Vae, "vae", nameof(AutoencoderKL), AutoencoderNames.ToCurrent, AutoencoderNames.MayReshape);
        Fill(TextEncoder, "text_encoder", nameof(ClipTextModel), ignore: ClipTextModel.IsConstant);
        RequireWidths();
    }

    /// <summary>The folder it was opened from.</summary>
    public string Folder { get; }

    /// <summary>The folder's own name, for messages and metadata.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>Device and compute type.</summary>
    public Placement Placement { get; }

    /// <summary>The denoiser.</summary>
    public UNet2DConditionModel UNet { get; }

    /// <summary>The autoencoder.</summary>
    public AutoencoderKL Vae { get; }

    /// <summary>The text encoder.</summary>
    public ClipTextModel TextEncoder { get; }

    /// <summary>The tokenizer.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>The noise schedule of the scheduler's configuration.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>SHA-256 over the weights of U-Net and autoencoder: what features and adapters are bound to.</summary>
    public string WeightsHash => _hash.Value;

    /// <summary>Picture sides must be multiples of this: the autoencoder's stride times the U-Net's, so that no side is rounded.</summary>
    public int SizeMultiple => (int)(Vae.Config.Stride << (UNet.Config.BlockOutChannels.Count - 1));

    /// <summary>Side in pixels of the pictures it was trained on.</summary>
    public int NativeSize => (int)(UNet.Config.SampleSize * Vae.Config.Stride);

    /// <summary>Opens a folder.</summary>
    /// <exception cref="LumenException">A part is missing, does not fit its configuration, or is a pickle; the message names it.</exception>
    public static DiffusionModel Load(string folder, Placement placement)
    {
        if (!Directory.Exists(folder))
            throw new LumenException($"There is no model folder at {folder}. Give --model a diffusers folder (one with model_index.json), or leave it out to use the built-in models/street-tiny.");
        if (!File.Exists(Path.Combine(folder, "model_index.json")))
            throw new LumenException($"{folder} is not a diffusers model: it has no model_index.json. Expected a folder with model_index.json, unet/, vae/, text_encoder/, tokenizer/ and scheduler/.");
        return new DiffusionModel(folder, placement);
    }

    /// <summary>Embeds prompts.</summary>
    /// <returns>[B, T, D] float32.</returns>
    public Tensor Embed(IReadOnlyList<string> prompts)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var embedding = TextEncoder.call(Tokenizer.EncodeBatch(prompts).to(Placement.Device)).to_type(ScalarType.Float32);
        Shape.Require(embedding, "prompt embedding", $"[B, T, {UNet.Config.CrossAttentionDim}]", s => s[2] == UNet.Config.CrossAttentionDim);
        return embedding.MoveToOuterDisposeScope();
    }

    /// <summary>Pictures to scaled latents: the posterior's mean, not a sample.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1].</param>
    /// <returns>[B, C, H/s, W/s] float32.</returns>
    public Tensor Encode(Tensor images)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        return (Vae.Encode(images).Mean * Vae.Config.ScalingFactor).MoveToOuterDisposeScope();
    }

    /// <summary>Scaled latents to pictures.</summary>
    /// <returns>[B, 3, H, W], about [-1, 1], float32.</returns>
    /// <exception cref="LumenException">The result is not finite: no black picture is ever returned silently.</exception>
    public Tensor Decode(Tensor latents)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var image = Vae.Decode(latents / Vae.Config.ScalingFactor);
        if (!image.isfinite().all().item<bool>()) throw new LumenException($"The autoencoder of {Name} gave values that are not finite. Try --dtype float32.");
        return image.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        UNet.Dispose();
        Vae.Dispose();
        TextEncoder.Dispose();
    }

    /// <summary>SHA-256 over the safetensors files of some folders, in the order of folders and names.</summary>
    internal static string HashOf(IReadOnlyList<string> folders)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var folder in folders)
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*.safetensors").Order(StringComparer.Ordinal))
            {
                using var stream = File.OpenRead(file);
                for (int read; (read = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, read);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Fill(
        nn.Module module, string part, string name, Func<string, string>? translate = null, Func<string, IReadOnlyList<long>, bool>? reshape = null, Func<string, bool>? ignore = null)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(Folder, part));
        StateLoader.Load(module, checkpoint, name, translate, reshape, ignore);
        module.eval();
        foreach (var parameter in module.parameters()) parameter.requires_grad = false;
    }

    private string ReadText(string part, string file)
    {
        var path = Path.Combine(Folder, part, file);
        if (!File.Exists(path)) throw new LumenException($"The model {Folder} has no {part}/{file}. Expected a complete diffusers folder; download or copy it again.");
        return File.ReadAllText(path);
    }

    private void RequireWidths()
    {
        if (TextEncoder.Config.HiddenSize != UNet.Config.CrossAttentionDim)
            throw new LumenException($"{Folder}: the text encoder gives {TextEncoder.Config.HiddenSize} values a token, but the U-Net expects {UNet.Config.CrossAttentionDim} (cross_attention_dim). The parts come from different models.");
        if (Vae.Config.LatentChannels != UNet.Config.InChannels)
            throw new LumenException($"{Folder}: the autoencoder has {Vae.Config.LatentChannels} latent channels, but the U-Net expects {UNet.Config.InChannels} (in_channels). The parts come from different models.");
        if (Tokenizer.VocabularySize > TextEncoder.Config.VocabularySize)
            throw new LumenException($"{Folder}: the tokenizer has {Tokenizer.VocabularySize} tokens, but the text encoder only {TextEncoder.Config.VocabularySize}. The parts come from different models.");
    }
}
