using Lumen.Core.Processes;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>Fits a layout basis to picture files.</summary>
public static class LayoutFitting
{
    private const int MostAtOnce = 8;
    private const int PixelsAtOnce = MostAtOnce * 256 * 256; // pictures of 512 pixels take a gigabyte for each two
    private const int MostPasses = 64;

    /// <summary>Describes features of a diffusion model.</summary>
    /// <param name="model">The backbone.</param>
    /// <param name="layer">Decoder block, or several joined with <c>+</c>.</param>
    /// <param name="timestep">Timestep 0...999 of the noise.</param>
    /// <param name="facet"><c>key</c>, <c>query</c> or <c>value</c> of self-attention; null for the block's output.</param>
    /// <param name="ensemble">Noisy passes that are averaged.</param>
    /// <exception cref="LumenException">There is no such block or facet, or a number is out of range.</exception>
    public static FeatureSource SourceOf(DiffusionModel model, string layer, int timestep, string? facet = null, int ensemble = 1)
    {
        var total = model.Schedule.Config.TrainTimesteps;
        if (timestep < 0 || timestep >= total)
            throw new LumenException(LumenErrorKind.Option, $"`Timestep` must be 0 to {total - 1} but is {timestep}.");
        if (ensemble is < 1 or > MostPasses)
            throw new LumenException(LumenErrorKind.Option, $"`Ensemble` must be 1 to {MostPasses} but is {ensemble}.");
        var channels = StableDiffusionFeatures.ChannelsOf(model.UNet.Config, layer, facet);
        return new FeatureSource(FeatureSource.StableDiffusion, model.WeightsHash, layer, timestep, channels.Sum(), model.NativeSize)
        {
            Facet = facet,
            Ensemble = ensemble,
            ChannelGroups = channels.Count > 1 ? string.Join('+', channels) : null,
        };
    }

    /// <summary>Reads, crops to a square and extracts every picture once.</summary>
    /// <param name="features">The backbone.</param>
    /// <param name="files">Pictures of the training split.</param>
    /// <param name="options">How to fit.</param>
    /// <param name="alter">Pictures in other colours and light, for a basis with an appearance penalty.</param>
    /// <param name="progress">Receives the number of pictures after each batch.</param>
    /// <param name="processes">
    /// The processes that share the pictures; each gets the basis of all of them, which differs from that of one process by no more than
    /// the order of its sums. Null for this one alone.
    /// </param>
    /// <param name="stop">Stops between batches.</param>
    /// <exception cref="LumenException">A picture cannot be read, or an option is out of range.</exception>
    public static LayoutBasis Fit(
        IFeatureExtractor features,
        IReadOnlyList<string> files,
        BasisOptions options,
        Func<PictureBatch, Tensor>? alter = null,
        IProgress<long>? progress = null,
        ICommunicator? processes = null,
        CancellationToken stop = default
    )
    {
        processes ??= new SingleProcess();
        var side = features.Source.ImageSize;
        int[][] parts = [.. Enumerable.Range(0, files.Count).Chunk(Math.Clamp(PixelsAtOnce / (side * side), 1, MostAtOnce))];
        var batches = processes
            .Claim(parts.Length)
            .Select(part => parts[part])
            .Select(indices => new PictureBatch(
                PictureTensor.ToTensor([.. indices.Select(index => Resizing.Cover(PictureReader.Read(files[index]), side, side))]),
                [.. indices.Select(index => (long)index)]
            ));
        return BasisFitter.Fit(features, batches, options, alter, progress, processes, stop);
    }
}
