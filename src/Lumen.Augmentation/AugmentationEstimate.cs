using System.Diagnostics;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;

namespace Lumen.Augmentation;

/// <summary>
/// What an augmentation will cost, and whether its pictures are of the kind that the basis knows: measured on a few of them before anything
/// is written.
/// </summary>
/// <param name="SecondsPerPicture">Time of a new picture, without second attempts.</param>
/// <param name="Time">Time for everything that is still to be made, held-out pictures included.</param>
/// <param name="OriginalBytes">Bytes of originals that are still to be copied; 0 where they are linked.</param>
/// <param name="NewBytes">Bytes of new pictures, their labels and maps.</param>
public sealed record AugmentationEstimate(double SecondsPerPicture, TimeSpan Time, long OriginalBytes, long NewBytes)
{
    /// <summary>How far the pictures are from those that the basis was fitted to; null where they are of its kind.</summary>
    public BasisDrift? Drift { get; init; }

    /// <summary>Name of the picture that is farthest from them.</summary>
    public string Farthest { get; init; } = "";

    /// <summary>Mean square of the pictures' scaled latents; see <see cref="ForeignPicture"/>.</summary>
    public double LatentSquare { get; init; }

    /// <summary>Whether the pictures are of another kind than those that the model's autoencoder was trained on.</summary>
    public bool IsForeign => LatentSquare > ForeignPicture.LargestLatentSquare;

    /// <summary>All bytes.</summary>
    public long Bytes => OriginalBytes + NewBytes;
}

/// <summary>
/// Looks at a few pictures spread over the part, and makes one of them with few steps, so that time, disk and kind are known before
/// anything is written.
/// </summary>
internal sealed class AugmentationEstimator(ImageGenerator generator, AugmentationScan scan)
{
    private const int Looked = 8,
        FewSteps = 2,
        MoreSteps = 4;
    private const int ManifestLine = 2000; // bytes; labels and maps are named in it
    private readonly AugmentationOptions _options = scan.Options;

    /// <summary>The estimate; null where no picture can be read.</summary>
    public AugmentationEstimate? Run(AugmentationPlan plan, CancellationToken stop)
    {
        var open = plan.Total - plan.Done;
        using var maker = Maker(FewSteps);
        var (errors, squares, names, watch) = (new List<double>(), new List<double>(), new List<string>(), new Stopwatch());
        (Picture Original, DatasetItem Item)? first = null;
        foreach (var item in scan.Spread(Looked))
        {
            stop.ThrowIfCancellationRequested();
            if (TryRead(item) is not { } picture)
                continue;
            if (errors.Count > 0)
                watch.Start(); // the first one warms up
            using var opened = TryOpen(maker, picture);
            watch.Stop();
            if (opened is null)
                continue;
            errors.Add(opened.Layout.RelativeError);
            squares.Add(ForeignPicture.LatentSquare(generator.Model, opened.Layout.Padded.Picture));
            names.Add(item.Picture);
            first ??= (picture, item);
        }
        if (first is not { } one)
            return null;
        var opening = errors.Count > 1 ? watch.Elapsed.TotalSeconds / (errors.Count - 1) : 0;
        var (seconds, bytes) = open > 0 ? Measure(one.Original, one.Item, stop) : (0, 0L);
        var held = _options.HeldOutCheck == HeldOutCheck.Layout ? plan.HeldOut : 0;
        var sources = Math.Ceiling(open / (double)_options.Variants);
        var drift = generator.Adapter is { } adapter ? BasisDrift.Of(adapter.Basis, errors) : null;
        return new AugmentationEstimate(
            seconds,
            TimeSpan.FromSeconds(seconds * open + opening * (held + sources)),
            plan.OriginalBytes,
            bytes * open + plan.LabelBytes
        )
        {
            Drift = drift,
            LatentSquare = squares.Average(),
            Farthest = drift is null ? "" : Path.GetFileName(names[drift.Worst]),
        };
    }

    // The difference between few and more steps is the time of a step: everything around the steps is in both.
    private (double Seconds, long Bytes) Measure(Picture picture, DatasetItem item, CancellationToken stop)
    {
        var (steps, few, more) = (
            _options.Generation.NumInferenceSteps,
            Math.Min(FewSteps, _options.Generation.NumInferenceSteps),
            Math.Min(MoreSteps, _options.Generation.NumInferenceSteps)
        );
        Make(few);
        var (short_, made) = Make(few);
        var seconds = short_;
        if (more > few)
        {
            (var long_, made) = Make(more);
            seconds += Math.Max(0, long_ - short_) / (more - few) * (steps - few);
        }
        return (seconds, Bytes(picture, made));

        (double Seconds, GeneratedVariant Made) Make(int number)
        {
            using var maker = Maker(number);
            using var source = maker.Open(picture);
            var request = new VariantRequest(source, scan.Prompt(item, 0), 1, _options.Generation.ConditioningScale);
            var atOnce = maker.RequestsAtOnce(source);
            var watch = Stopwatch.StartNew();
            var made = maker.Make([.. Enumerable.Repeat(request, atOnce)], stop)[0];
            return (watch.Elapsed.TotalSeconds / atOnce, made);
        }
    }

    // The source, scaled to the working size and back, compresses to about the size of a new picture.
    private long Bytes(Picture source, GeneratedVariant made)
    {
        var (width, height) = _options.Size ?? (source.Width, source.Height);
        var working = (made.Picture.Width, made.Picture.Height);
        var coarse = Resizing.Resize(source, made.Picture.Width, made.Picture.Height);
        var shown = coarse.Width == width && coarse.Height == height ? coarse : Resizing.Resize(coarse, width, height);
        var cells = made.Agreement.At(working, working, (width, height));
        var map = _options.Confidence ? PngWriter.LengthGray16(width, height, AgreementMap.Quantised(cells)) : 0;
        return (_options.PictureType == PictureFileType.Jpeg ? JpegWriter.Encode(shown, null).Length : PngWriter.LengthRgb(shown))
            + map
            + ManifestLine;
    }

    private VariantMaker Maker(int steps) =>
        new(generator, _options.Generation with { NumInferenceSteps = steps }, VariantSizing.Of(_options));

    private static SourcePicture? TryOpen(VariantMaker maker, Picture picture)
    {
        try
        {
            return maker.Open(picture);
        }
        catch (LumenException)
        {
            return null; // a picture of a few rows only, say
        }
    }

    private Picture? TryRead(DatasetItem item)
    {
        try
        {
            return scan.Dataset.Has(item.Picture) ? PictureReader.Read(scan.Dataset.FullPath(item.Picture)) : null;
        }
        catch (LumenException)
        {
            return null; // it is reported when its turn comes
        }
    }
}
