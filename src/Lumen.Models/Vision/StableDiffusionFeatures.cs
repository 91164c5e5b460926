using System.Globalization;
using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>
/// Features of a frozen Stable Diffusion U-Net (Tang et al. 2023, "DIFT"; Zhang et al. 2023, "sd-dino"): the picture's latents get noise once at timestep t, the U-Net runs with the empty prompt,
/// and the output of one decoder block is taken. Nothing behind that block is computed.
/// </summary>
public sealed class StableDiffusionFeatures : IFeatureExtractor
{
    private readonly UNet2DConditionModel _unet;
    private readonly AutoencoderKL _vae;
    private readonly NoiseSchedule _schedule;
    private readonly Tensor _emptyPrompt;
    private readonly string _block;

    /// <param name="unet">The denoiser.</param>
    /// <param name="vae">The autoencoder.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="emptyPrompt">Embedding of the empty prompt, [1, T, D]; it is kept, not copied.</param>
    /// <param name="source">What is extracted; its <see cref="FeatureSource.Layer"/> is a block such as <c>up_blocks[1]</c>.</param>
    public StableDiffusionFeatures(UNet2DConditionModel unet, AutoencoderKL vae, NoiseSchedule schedule, Tensor emptyPrompt, FeatureSource source)
    {
        (_unet, _vae, _schedule, _emptyPrompt, Source) = (unet, vae, schedule, emptyPrompt, source);
        _block = source.Layer.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public FeatureSource Source { get; }

    /// <summary>Channels that a decoder block of this network gives.</summary>
    /// <param name="config">The network.</param>
    /// <param name="layer"><c>up_blocks[i]</c>.</param>
    /// <exception cref="Core.LumenException">There is no such block.</exception>
    public static int ChannelsOf(UNetConfig config, string layer)
    {
        var levels = config.BlockOutChannels.Count;
        if (layer.StartsWith("up_blocks[", StringComparison.Ordinal) && layer.EndsWith(']')
            && int.TryParse(layer.AsSpan("up_blocks[".Length, layer.Length - "up_blocks[]".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < levels)
        {
            return (int)config.BlockOutChannels[levels - 1 - index];
        }
        throw new Core.LumenException($"The feature layer \"{layer}\" is not known; this U-Net has up_blocks[0] to up_blocks[{levels - 1}].");
    }

    /// <inheritdoc/>
    public Tensor Extract(Tensor images, IReadOnlyList<long> items)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var latents = _vae.Encode(images).Mean * _vae.Config.ScalingFactor;                  // [B, C, h, w]
        return ExtractLatents(latents, items).MoveToOuterDisposeScope();
    }

    /// <summary>The same from scaled latents, where those are cached.</summary>
    /// <param name="latents">[B, C, h, w].</param>
    /// <param name="items">One noise stream per picture.</param>
    public Tensor ExtractLatents(Tensor latents, IReadOnlyList<long> items)
    {
        if (items.Count != latents.shape[0]) throw new ArgumentException($"items must have one entry per picture: {latents.shape[0]} but has {items.Count}.", nameof(items));
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomStream(Source.NoiseSeed);
        Tensor? sum = null;
        for (var pass = 0; pass < Source.Ensemble; pass++)
        {
            var noise = stack(items.Select(item => random.For(item).For(pass).Normal([.. latents.shape[1..]])));
            var noisy = _schedule.AddNoise(latents.cpu(), noise, full([latents.shape[0]], (long)Source.Timestep, ScalarType.Int64));
            var tap = new ActivationTap(new HashSet<string> { _block }, stopsEarly: true);
            _unet.Features(noisy, tensor(new[] { (long)Source.Timestep }), _emptyPrompt.expand(latents.shape[0], -1, -1), tap);
            var features = tap.Found[_block].MoveToOtherDisposeScope(scope).to_type(ScalarType.Float32);
            sum = sum is null ? features : sum + features;
        }
        return (Source.Ensemble == 1 ? sum! : sum! / Source.Ensemble).MoveToOuterDisposeScope();
    }
}
