using System.Security.Cryptography;
using Lumen.Core.Checkpoints;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;
using Lumen.Pretrained;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>
/// A frozen Stable Diffusion model, opened from a diffusers pipeline folder (<c>model_index.json</c>, <c>unet</c>, <c>vae</c>,
/// <c>text_encoder</c>, <c>tokenizer</c>, <c>scheduler</c>) or from a single file under the original names.
/// </summary>
public sealed class DiffusionModel : IDisposable
{
    // A mean that is rounding error, as an untrained norm leaves it, is no measure of anything.
    private const double LeastMean = 1e-4;
    private const int LeastTile = 8; // latents
    private const long SmallNetwork = 100_000_000; // weights of the denoiser
    private const long LargeFiles = 256 << 20; // bytes, whose hash takes longer than a thread's start
    private readonly CancellationTokenSource _closing = new();
    private readonly Task<string>? _early; // the hash, begun while weights are read
    private readonly Lock _hashing = new();
    private readonly Lock _opening = new();
    private readonly ModelFileOptions _options;
    private readonly AutoencoderConfig _autoencoder;
    private readonly IReadOnlyList<string> _binding;
    private string? _hash;
    private AutoencoderKL? _vae; // null while released
    private ClipTextModel? _textEncoder;
    private bool _isDisposed;

    private DiffusionModel(PipelineSource source, Placement placement, ModelFileOptions options, CancellationToken stop)
    {
        (Path, Name, Placement, _options) = (source.Path, source.Name, placement, options);
        _autoencoder = source.Autoencoder;
        var (folder, padding) = source.Tokenizer;
        Tokenizer = ClipTokenizer.Load(folder, padding);
        source.RequireMatchingParts(Tokenizer);
        _binding = source.BindingPaths;
        if (FilesOf(_binding).Sum(file => new FileInfo(file).Length) > LargeFiles)
            _early = Task.Run(() => HashOf(_binding, _closing.Token), _closing.Token);
        try
        {
            UNet = Open(
                source,
                "unet",
                at => new UNet2DConditionModel(source.UNet, at),
                (module, weights) => StateLoader.Load(module, weights, nameof(UNet2DConditionModel), stop: stop)
            );
            _vae = OpenAutoencoder(source, stop);
            _textEncoder = OpenText(source, stop);
        }
        catch
        {
            // what was opened before: no one else has it
            _closing.Cancel();
            UNet?.Dispose();
            _vae?.Dispose();
            throw;
        }
        Schedule = new NoiseSchedule(source.Scheduler) { Samplers = Registry.Samplers };
    }

    /// <summary>The folder or file it was opened from.</summary>
    public string Path { get; }

    /// <summary>Name of the folder or file, for messages and metadata.</summary>
    public string Name { get; }

    /// <summary>Device and compute type.</summary>
    public Placement Placement { get; }

    /// <summary>The samplers, backbones and conditions that it and its adapters may name.</summary>
    public LumenRegistry Registry => _options.Registry;

    /// <summary>The denoiser.</summary>
    public UNet2DConditionModel UNet { get; }

    /// <summary>The autoencoder; read again if it was <see cref="ReleaseEncoders">released</see>.</summary>
    public AutoencoderKL Vae
    {
        get
        {
            lock (_opening)
                return _vae ??= Again(source => OpenAutoencoder(source, default));
        }
    }

    /// <summary>The text encoder; read again if it was <see cref="ReleaseEncoders">released</see>.</summary>
    public ClipTextModel TextEncoder
    {
        get
        {
            lock (_opening)
                return _textEncoder ??= Again(source => OpenText(source, default));
        }
    }

    /// <summary>The tokenizer.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>The noise schedule of the scheduler's configuration.</summary>
    public NoiseSchedule Schedule { get; }

    private long Weights => UNet.parameters().Sum(weight => weight.numel());

    /// <summary>SHA-256 over the weights of U-Net and autoencoder: what features and adapters are bound to.</summary>
    public string WeightsHash => Hash(default);

    /// <summary>Picture sides must be multiples of this: the autoencoder's stride times the U-Net's, so that no side is rounded.</summary>
    public int SizeMultiple => (int)(_autoencoder.Stride << (UNet.Config.BlockOutChannels.Count - 1));

    /// <summary>
    /// Threads beyond which a call of it does not get faster. The products of a small network are done before threads have met, and its
    /// fused kernels are for one thread: several of its calls may run at once instead.
    /// </summary>
    public int MostThreads => Placement.Device.type == TorchSharp.DeviceType.CPU && Weights < SmallNetwork ? 1 : Environment.ProcessorCount;

    /// <summary>Side in pixels of the pictures it was trained on.</summary>
    public int NativeSize => (int)(UNet.Config.SampleSize * _autoencoder.Stride);

    /// <summary>Opens a diffusers folder, or a single-file checkpoint of Stable Diffusion 1.x or 2.x.</summary>
    /// <param name="path">The folder or <c>.safetensors</c> file.</param>
    /// <param name="placement">Device and compute type.</param>
    /// <param name="options">What it may name, and what a single file does not hold; null: the defaults.</param>
    /// <param name="stop">Stops between tensors.</param>
    /// <exception cref="LumenException">A part is missing, does not fit its configuration, or is a pickle; the message names
    /// it.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static DiffusionModel Load(string path, Placement placement, ModelFileOptions? options = null, CancellationToken stop = default)
    {
        stop.ThrowIfCancellationRequested();
        options ??= new ModelFileOptions();
        using var source = PipelineSource.Open(path, options);
        return new DiffusionModel(source, placement, options, stop);
    }

    /// <summary><see cref="WeightsHash"/>, which reads the files once; stops between pieces of them.</summary>
    internal string Hash(CancellationToken stop)
    {
        lock (_hashing)
            return _hash ??= _early is null ? HashOf(_binding, stop) : _early.WaitAsync(stop).GetAwaiter().GetResult();
    }

    /// <summary>
    /// Embeds a prompt with the emphasis of its brackets (<see cref="WeightedPrompt"/>), as AUTOMATIC1111's web UI does: the hidden states
    /// of a part's tokens are multiplied by its weight, and all of them so that their mean stays what it was.
    /// </summary>
    /// <returns>[1, T, D] float32.</returns>
    public Tensor EmbedWeighted(string prompt)
    {
        var tokens = Tokenizer.Encode(WeightedPrompt.Parse(prompt));
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var plain = EmbedIds(tensor(tokens.Ids, 1, tokens.Ids.Length)); // [1, T, D]
        if (tokens.Weights is not { } weights)
            return plain.MoveToOuterDisposeScope();
        if (weights.Any(weight => !float.IsFinite(weight)))
            throw new LumenException(
                LumenErrorKind.Model,
                $"The prompt \"{prompt}\" gives words a weight without bounds. Weigh them between 0 and 2, or put a backslash "
                    + "before brackets that are part of the text."
            );
        var weighted = plain * tensor(weights.ToArray()).view(1, -1, 1).to(plain.device);
        var (before, after) = (plain.mean().item<float>(), weighted.mean().item<float>());
        var scale = Math.Min(Math.Abs(before), Math.Abs(after)) > LeastMean * plain.std().item<float>() ? before / after : 1;
        return (weighted * scale).MoveToOuterDisposeScope();
    }

    /// <summary>Embeds texts; their brackets are text, as in captions.</summary>
    /// <returns>[B, T, D] float32.</returns>
    public Tensor Embed(IReadOnlyList<string> prompts) => EmbedIds(Tokenizer.EncodeBatch(prompts));

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
        if (!image.isfinite().all().item<bool>())
            throw FiniteWeights.Fault(
                $"The autoencoder of {Name} gave values that are not finite.",
                "Try `Dtype` float32.",
                ("the autoencoder", Vae)
            );
        return image.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <see cref="Decode"/> by overlapping tiles of five eighths of the native size, blended as pictures: memory of a tile instead of the
    /// picture, for colours and textures that may differ a little between tiles, since each is normalised by itself (diffusers'
    /// <c>enable_vae_tiling</c>).
    /// </summary>
    /// <param name="latents">Scaled latents [B, C, h, w].</param>
    /// <param name="stop">Stops before the next tile.</param>
    /// <returns>[B, 3, H, W], about [-1, 1], float32.</returns>
    /// <exception cref="LumenException">The result is not finite.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public Tensor DecodeTiled(Tensor latents, CancellationToken stop = default)
    {
        using var scope = NewDisposeScope();
        var stride = (int)_autoencoder.Stride;
        var side = Math.Max(LeastTile, NativeSize / stride * 5 / 8); // two across at the native size
        var grid = new TileGrid(((int)latents.shape[3], (int)latents.shape[2]), (side, side), side / 4, 1);
        var pictures = Pieces
            .Of(latents, (int)latents.shape[0], 0)
            .Select(one =>
                DenoisingTiles.Walk(
                    grid,
                    1,
                    numbers =>
                    {
                        stop.ThrowIfCancellationRequested();
                        return Decode(grid.Crop(one, numbers[0]));
                    },
                    _ => grid.Times(stride)
                )
            );
        return stack(pictures.ToArray()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Frees the memory of autoencoder and text encoder, where what they give is known for a while: they are read again when they are
    /// asked for. Whoever holds one of them, such as features made before, must not use it any more.
    /// </summary>
    public void ReleaseEncoders()
    {
        lock (_opening)
        {
            _vae?.Dispose();
            _textEncoder?.Dispose();
            (_vae, _textEncoder) = (null, null);
        }
    }

    public void Dispose()
    {
        lock (_opening)
            _isDisposed = true;
        _closing.Cancel();
        _closing.Dispose();
        UNet.Dispose();
        ReleaseEncoders();
    }

    /// <summary>
    /// Gives memory that is free back to the system before work of another kind, whose blocks are of other sizes: nothing for a small
    /// network.
    /// </summary>
    internal void GiveBackMemory()
    {
        if (MostThreads > 1)
            LargeBlocks.GiveBack();
    }

    /// <summary>SHA-256 over some files, and over the safetensors files of some folders in the order of their names.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="stop">Stops between pieces.</param>
    public static string HashOf(IReadOnlyList<string> paths, CancellationToken stop = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var file in FilesOf(paths))
        {
            using var stream = File.OpenRead(file);
            for (int read; (read = stream.Read(buffer)) > 0; )
            {
                stop.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<string> FilesOf(IReadOnlyList<string> paths) =>
        paths.SelectMany(path =>
            File.Exists(path) ? Enumerable.Repeat(path, 1) : Directory.EnumerateFiles(path, "*.safetensors").Order(StringComparer.Ordinal)
        );

    // [B, T] to [B, T, D]; the ids are disposed.
    private Tensor EmbedIds(Tensor ids)
    {
        using var own = ids;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var embedding = TextEncoder.call(ids.to(Placement.Device)).to_type(ScalarType.Float32);
        if (!embedding.isfinite().all().item<bool>())
            throw FiniteWeights.Fault(
                $"The text encoder of {Name} gave values that are not finite.",
                "Fetch its file again.",
                ("the text encoder", TextEncoder)
            );
        Shape.Require(
            embedding,
            "prompt embedding",
            $"[B, T, {UNet.Config.CrossAttentionDim}]",
            s => s[2] == UNet.Config.CrossAttentionDim
        );
        return embedding.MoveToOuterDisposeScope();
    }

    private T Again<T>(Func<PipelineSource, T> open)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using var source = PipelineSource.Open(Path, _options);
        return open(source);
    }

    private AutoencoderKL OpenAutoencoder(PipelineSource source, CancellationToken stop) =>
        Open(
            source,
            "vae",
            at => new AutoencoderKL(source.Autoencoder, at),
            (module, weights) =>
                StateLoader.Load(
                    module,
                    weights,
                    nameof(AutoencoderKL),
                    AutoencoderNames.ToCurrent,
                    AutoencoderNames.MayReshape,
                    stop: stop
                )
        );

    private ClipTextModel OpenText(PipelineSource source, CancellationToken stop) =>
        Open(
            source,
            "text_encoder",
            at => new ClipTextModel(source.Text, at),
            (module, weights) => StateLoader.Load(module, weights, nameof(ClipTextModel), ignore: ClipTextModel.IsConstant, stop: stop)
        );

    private T Open<T>(PipelineSource source, string part, Func<Placement, T> make, Action<T, Checkpoint> load)
        where T : nn.Module
    {
        using var weights = source.OpenWeights(part);
        var module = StateLoader.Build(make, Placement, plan => load(plan, weights));
        module.eval();
        foreach (var parameter in module.parameters())
            parameter.requires_grad = false;
        return module;
    }
}
