using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>
/// Features of a frozen Stable Diffusion U-Net (Tang et al. 2023, "DIFT"; Zhang et al. 2023, "sd-dino"): the picture's latents get noise
/// once at timestep t, the U-Net runs with the empty prompt, and the output of one decoder block is taken, or keys, queries or values of
/// its last self-attention (Tumanyan et al. 2023), or several blocks side by side, resized to the finest one's grid. Nothing behind the
/// last of them is computed.
/// </summary>
public sealed class StableDiffusionFeatures : IFeatureExtractor
{
    private readonly UNet2DConditionModel _unet;
    private readonly AutoencoderKL _vae;
    private readonly NoiseSchedule _schedule;
    private readonly Tensor _emptyPrompt;
    private readonly IReadOnlyList<DecoderBlock> _blocks;

    /// <param name="unet">The denoiser.</param>
    /// <param name="vae">The autoencoder.</param>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="emptyPrompt">Embedding of the empty prompt, [1, T, D]; it is kept, not copied.</param>
    /// <param name="source">What is extracted; its <see cref="FeatureSource.Layer"/> is a block such as <c>up_blocks[1]</c>, or several
    /// joined with <c>+</c>.</param>
    public StableDiffusionFeatures(
        UNet2DConditionModel unet,
        AutoencoderKL vae,
        NoiseSchedule schedule,
        Tensor emptyPrompt,
        FeatureSource source
    )
    {
        (_unet, _vae, _schedule, _emptyPrompt, Source) = (unet, vae, schedule, emptyPrompt, source);
        _blocks = DecoderBlock.Of(unet.Config, source.Layer, source.Facet);
    }

    /// <inheritdoc/>
    public FeatureSource Source { get; }

    /// <summary>Channels that each of the named decoder blocks of this network gives.</summary>
    /// <param name="config">The network.</param>
    /// <param name="layer"><c>up_blocks[i]</c>, or several joined with <c>+</c>.</param>
    /// <param name="facet"><c>key</c>, <c>query</c> or <c>value</c> of self-attention; null for the output.</param>
    /// <exception cref="LumenException">There is no such block, or it has no attention.</exception>
    public static IReadOnlyList<int> ChannelsOf(UNetConfig config, string layer, string? facet = null) =>
        [.. DecoderBlock.Of(config, layer, facet).Select(block => block.Channels)];

    /// <inheritdoc/>
    public Tensor Extract(Tensor images, IReadOnlyList<long> items, CancellationToken stop = default)
    {
        stop.ThrowIfCancellationRequested();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var latents = _vae.Encode(images).Mean * _vae.Config.ScalingFactor; // [B, C, h, w]
        return ExtractLatents(latents, items, stop).MoveToOuterDisposeScope();
    }

    /// <summary>The same from scaled latents, where those are cached.</summary>
    /// <param name="latents">[B, C, h, w].</param>
    /// <param name="items">One noise stream per picture.</param>
    /// <param name="stop">Stops before the next pass.</param>
    public Tensor ExtractLatents(Tensor latents, IReadOnlyList<long> items, CancellationToken stop = default)
    {
        if (items.Count != latents.shape[0])
            throw new ArgumentException($"items must have one entry per picture: {latents.shape[0]} but has {items.Count}.", nameof(items));
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        latents = latents.to(_unet.Placement.Device);
        var random = new RandomStream(Source.NoiseSeed);
        Tensor? sum = null;
        for (var pass = 0; pass < Source.Ensemble; pass++)
        {
            stop.ThrowIfCancellationRequested();
            var noise = stack(items.Select(item => random.For(item).For(pass).Normal([.. latents.shape[1..]]))).to(latents.device);
            var noisy = _schedule.AddNoise(latents, noise, full([latents.shape[0]], (long)Source.Timestep, ScalarType.Int64));
            var tap = new ActivationTap(_blocks.Select(block => block.TapName).ToHashSet(StringComparer.Ordinal), stopsEarly: true);
            _unet.Features(noisy, tensor(new[] { (long)Source.Timestep }), _emptyPrompt.expand(latents.shape[0], -1, -1), tap);
            var features = SideBySide([
                .. _blocks.Select(block => Map(tap.Found[block.TapName].MoveToOtherDisposeScope(scope), block, latents)),
            ]);
            sum = sum is null ? features : sum + features;
        }
        return (Source.Ensemble == 1 ? sum! : sum! / Source.Ensemble).MoveToOuterDisposeScope();
    }

    // [B, C, h, w], float32.
    private Tensor Map(Tensor found, DecoderBlock block, Tensor latents)
    {
        var map = Source.Facet is null
            ? found
            : found.transpose(1, 2).unflatten(2, [block.Side(latents.shape[2]), block.Side(latents.shape[3])]);
        return map.to_type(ScalarType.Float32).contiguous();
    }

    private static Tensor SideBySide(Tensor[] maps)
    {
        if (maps.Length == 1)
            return maps[0];
        var (height, width) = (maps.Max(map => map.shape[2]), maps.Max(map => map.shape[3]));
        return cat([.. maps.Select(map => map.shape[2] == height && map.shape[3] == width ? map : Bilinear.Resize(map, height, width))], 1);
    }
}
