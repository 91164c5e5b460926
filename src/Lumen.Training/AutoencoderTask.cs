using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Models.Autoencoding;
using Lumen.Training.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training;

/// <summary>
/// Trains the autoencoder on random crops: squared plus a little absolute error, and a weak pull of the latents towards the standard normal
/// (Rombach et al. 2022, section 3.1); where asked for, some of the latents and pictures are made smaller in between (Kouzelis et al. 2025,
/// "EQ-VAE: Equivariance Regularized Latent Space for Improved Generative Image Modeling").
/// </summary>
internal sealed class AutoencoderTask : IReplicatedTask
{
    private const double AbsoluteWeight = 0.1;
    private const double DivergenceWeight = 1e-6;
    private const int PreviewPictures = 8;
    private readonly AutoencoderKL _vae;
    private readonly PictureCorpus _corpus;
    private readonly PictureCorpus _heldOut;
    private readonly int _crop;
    private readonly double _equivariance;
    private readonly int _validationPictures;

    /// <param name="vae">The network to train.</param>
    /// <param name="corpus">Pictures to train on.</param>
    /// <param name="heldOut">Pictures to validate on.</param>
    /// <param name="crop">Side of the random crops, divisible by the network's stride.</param>
    /// <param name="equivariance">Fraction of the micro-batches that are decoded from smaller latents.</param>
    /// <param name="validationPictures">How many held-out pictures the figures are taken over.</param>
    public AutoencoderTask(
        AutoencoderKL vae,
        PictureCorpus corpus,
        PictureCorpus heldOut,
        int crop,
        double equivariance = 0,
        int validationPictures = 64
    )
    {
        (_vae, _corpus, _heldOut, _crop, _equivariance) = (vae, corpus, heldOut, Math.Min(crop, corpus.Size), equivariance);
        _validationPictures = Math.Min(validationPictures, heldOut.Count);
    }

    /// <inheritdoc/>
    public RunRecord? Record { get; init; }

    /// <inheritdoc/>
    public string Name => "vae";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Module> Trained => new Dictionary<string, Module> { ["vae"] = _vae };

    /// <inheritdoc/>
    public IReplicatedTask Replica() =>
        new AutoencoderTask(new AutoencoderKL(_vae.Config, _vae.Placement), _corpus, _heldOut, _crop, _equivariance, _validationPictures);

    /// <inheritdoc/>
    public Tensor Loss(long microBatch, int batch, RandomStream random) => Loss(microBatch, batch, new BatchPart(0, batch), random);

    /// <inheritdoc/>
    public Tensor Loss(long microBatch, int batch, BatchPart part, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var image = part.Of(Crops(microBatch, batch, random)).to(_vae.Placement.Device); // [B, 3, crop, crop]
        var latents = _vae.Encode(image);
        var noise = part.Of(random.For(microBatch).For(1).Normal([batch, .. latents.Mean.shape[1..]]));
        var sampled = latents.Sample(noise);
        if (Reduction(microBatch, random) is var factor and > 1)
            (sampled, image) = (functional.avg_pool2d(sampled, factor), functional.avg_pool2d(image, factor));
        var error = _vae.Decode(sampled) - image;
        return (
            (error * error).mean() + AbsoluteWeight * error.abs().mean() + DivergenceWeight * latents.Divergence()
        ).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    // of whole pictures
    public double ValidationPasses(int heldOut) => (Math.Min(64, heldOut) + PreviewPictures) * Math.Pow(_corpus.Size / (double)_crop, 2);

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, double>> Validate()
    {
        var (loss, psnr, square, count) = (0.0, 0.0, 0.0, 0);
        foreach (var indices in Enumerable.Range(0, _validationPictures).Chunk(8))
        {
            using var scope = NewDisposeScope();
            var image = _heldOut.Batch(indices).to(_vae.Placement.Device);
            var latents = _vae.Encode(image).Mean;
            var errors = (_vae.Decode(latents).clamp(-1, 1) - image).square().mean([1, 2, 3]); // [B]
            loss += errors.sum().item<float>();
            psnr += (10 * log10(4 / errors)).sum().item<float>(); // pictures span 2, so the peak's square is 4
            square += latents.square().mean([1, 2, 3]).sum().item<float>();
            count += indices.Length;
        }
        return [new("validation_loss", loss / count), new("psnr_db", psnr / count), new("latent_rms", Math.Sqrt(square / count))];
    }

    /// <inheritdoc/>
    public void Preview(string path)
    {
        using var scope = NewDisposeScope();
        var image = _heldOut.Batch([.. _heldOut.Sample(PreviewPictures)]);
        var decoded = _vae.Decode(_vae.Encode(image).Mean);
        PngWriter.WriteRgb(
            path,
            ContactSheet.Compose([PictureTensor.ToPictures(image), PictureTensor.ToPictures(decoded)], null, ["picture", "decoded"])
        );
    }

    /// <inheritdoc/>
    public void Export(string folder)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var config = _vae.Config with
        {
            ScalingFactor = HasFrozenEncoder ? _vae.Config.ScalingFactor : LatentScale(),
            SampleSize = _corpus.Size,
        };
        ModelFolder.WritePart(Path.Combine(folder, "vae"), config.ToJson(), _vae.state_dict(), "diffusion_pytorch_model.safetensors");
    }

    /// <summary>Whether a parameter belongs to the half that makes latents.</summary>
    internal static bool IsEncoder(string parameter) =>
        parameter.StartsWith("encoder.", StringComparison.Ordinal) || parameter.StartsWith("quant_conv.", StringComparison.Ordinal);

    private bool HasFrozenEncoder => _vae.named_parameters().All(p => !IsEncoder(p.name) || !p.parameter.requires_grad);

    // One over the standard deviation of the latents of training pictures, so that diffusion sees unit variance.
    private double LatentScale()
    {
        var (sum, square, count) = (0.0, 0.0, 0L);
        foreach (var indices in _corpus.Sample(512).Chunk(16))
        {
            using var scope = NewDisposeScope();
            var latents = DoublePrecision.Of(_vae.Encode(_corpus.Batch(indices)).Mean);
            sum += latents.sum().item<double>();
            square += latents.square().sum().item<double>();
            count += latents.numel();
        }
        return 1 / Math.Sqrt(square / count - Math.Pow(sum / count, 2));
    }

    // How many times smaller a micro-batch is decoded: 1, 2 or 4, whatever the latents can be divided by.
    private int Reduction(long microBatch, RandomStream random)
    {
        if (_equivariance == 0)
            return 1;
        var draws = random.For(microBatch).For(2);
        var side = _crop / _vae.Config.Stride;
        return draws.UniformAt(0) >= _equivariance || side % 2 != 0 ? 1
            : draws.UniformAt(1) < 0.5 || side % 4 != 0 ? 2
            : 4;
    }

    private Tensor Crops(long microBatch, int batch, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var pictures = _corpus.Batch(_corpus.Indices(random, microBatch, batch));
        var places = random.For(microBatch).For(0);
        var crops = Enumerable
            .Range(0, batch)
            .Select(i =>
            {
                var (top, left) = (places.IndexAt(2 * i, _corpus.Size - _crop + 1), places.IndexAt(2 * i + 1, _corpus.Size - _crop + 1));
                return pictures[i].narrow(1, top, _crop).narrow(2, left, _crop);
            });
        return stack(crops).MoveToOuterDisposeScope();
    }
}
