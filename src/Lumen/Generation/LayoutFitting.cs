using Lumen.Core.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;

namespace Lumen.Generation;

/// <summary>Fits a layout basis to picture files with a model's own features.</summary>
public static class LayoutFitting
{
    private const int BatchSize = 8;

    /// <summary>Reads, crops to a square and extracts every picture once.</summary>
    /// <param name="model">The backbone.</param>
    /// <param name="files">Pictures of the training split.</param>
    /// <param name="options">How to fit.</param>
    /// <param name="place">Decoder block and timestep 0...999 of the features.</param>
    /// <param name="progress">Told the number of pictures after each batch.</param>
    /// <param name="stop">Stops between batches.</param>
    /// <exception cref="Core.LumenException">A picture cannot be read, or an option is out of range.</exception>
    public static LayoutBasis Fit(
        DiffusionModel model, IReadOnlyList<string> files, BasisOptions options, (string Layer, int Timestep) place, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        var total = model.Schedule.Config.TrainTimesteps;
        if (place.Timestep < 0 || place.Timestep >= total) throw new Core.LumenException($"--timestep must be 0 to {total - 1} but is {place.Timestep}.");
        var channels = StableDiffusionFeatures.ChannelsOf(model.UNet.Config, place.Layer);
        var side = model.NativeSize;
        var features = LayoutAdapter.FeaturesOf(model, new FeatureSource("stable-diffusion", model.WeightsHash, place.Layer, place.Timestep, channels, side));
        var batches = Enumerable.Range(0, files.Count).Chunk(BatchSize).Select(indices => new PictureBatch(
            PictureTensor.ToTensor([.. indices.Select(index => Resizing.Cover(PictureReader.Read(files[index]), side, side))]), [.. indices.Select(index => (long)index)]));
        return BasisFitter.Fit(features, batches, options, progress, stop);
    }
}
