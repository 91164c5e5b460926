using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>
/// Loads the full-scale model, extracts a layout, runs guided steps, and prints a table against the processor's own peak.
/// </summary>
internal static class FullScaleRun
{
    private const int Components = 20,
        Side = 512;

    // Two evaluations of U-Net and ControlNet at 64x64 latents: all products and convolutions in oneDNN's log.
    private const double StepGigaFlop = 2144;

    public static void Run(string folder, Placement placement, int steps)
    {
        var meter = new Meter();
        meter.Time("write the model, 2.8 GB (cached)", () => FullScaleModel.Write(folder));
        meter.ResetPeakMemory();
        using var model = meter.Time("load the base model", () => DiffusionModel.Load(folder, placement));
        var picture = Gradient();
        var written =
            FullScaleModel.WrittenAdapter(folder)
            ?? meter.Time("fit a basis to one picture and write the adapter (cached)", () => FitAndWrite(folder, model, picture));
        using var adapter = meter.Time("load the adapter", () => LayoutAdapter.Load(written, model));
        Note("opening");
        Guided(meter, model, adapter, steps, caching: false);
        Guided(meter, model, adapter, 2, caching: true);
        Note("guided steps");
        LargeBlocks.GiveBack();
        meter.ResetPeakMemory();
        meter.Time(
            "extract the layout of one 512x512 picture",
            () => new ImageGenerator(model, adapter).ExtractLayout(picture, (Side, Side)).Dispose()
        );
        Note("extraction alone");
        using var latents = new RandomStream(3).Normal(1, 4, Side / 8, Side / 8);
        LargeBlocks.GiveBack();
        meter.ResetPeakMemory();
        meter.Time("decode a 512x512 picture", () => model.Decode(latents).Dispose());
        Note("decoding alone");
        LargeBlocks.GiveBack();
        meter.ResetPeakMemory();
        meter.Time("decode a 512x512 picture in tiles", () => model.DecodeTiled(latents).Dispose());
        Note("tiled decoding alone");
        Yardsticks(meter, placement);

        void Note(string until) =>
            meter.Note(
                $"peak memory up to {until} {meter.PeakMemory / 1e9:0.00} GB, held then {Meter.Memory / 1e9:0.00}, in {placement.Compute}"
            );
    }

    /// <summary>The peak of this processor and what attention at 64x64 takes, without a model.</summary>
    public static void Yardsticks(Meter meter, Placement placement)
    {
        var (fused, own) = MatrixPeak.AttentionSeconds(placement.Compute);
        meter.Note(
            $"self-attention of a 64x64 block, both branches of guidance: {own:0.00} s of processor time, {fused:0.00} s by the "
                + "fused kernel; a step has seven"
        );
        var peaks = new[] { ScalarType.Float32, ScalarType.BFloat16 }.ToDictionary(type => type, MatrixPeak.GigaFlops);
        meter.Print(StepGigaFlop, peaks, placement.Compute);
    }

    // The condition is noise of a layout's size: time does not depend on values.
    private static void Guided(Meter meter, DiffusionModel model, LayoutAdapter adapter, int steps, bool caching)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var start = new DenoisingStart([new RandomStream(1)], [4, Side / 8, Side / 8]);
        var context = model.Embed(["a street at night in fog"]);
        var negative = model.Embed([""]);
        var condition = LayoutAdapter.Condition(new RandomStream(2).Normal(1, Components, Side / 16, Side / 16), Side, Side);
        var loop = new DenoisingLoop(model.UNet, adapter.Control, model.Schedule).Run(
            start,
            context,
            negative,
            condition,
            new GenerationOptions
            {
                NumInferenceSteps = 20,
                GuidanceScale = 7.5,
                CacheInterval = caching ? steps : 1,
            }
        );
        using var step = loop.GetEnumerator();
        for (var index = 1; index <= steps; index++)
        {
            var shallow = caching && index > 1;
            meter.Time(
                shallow ? "guided step with deep features of the one before" : $"guided step {index}",
                () => step.MoveNext(),
                isStep: !shallow
            );
            step.Current.Latents.Dispose();
        }
    }

    private static string FitAndWrite(string folder, DiffusionModel model, Picture picture)
    {
        const string Layer = "up_blocks[1]";
        var source = LayoutFitting.SourceOf(model, Layer, 100);
        IEnumerable<PictureBatch> batches = [new PictureBatch(PictureTensor.ToTensor(picture), [0])];
        using var basis = BasisFitter.Fit(LayoutAdapter.FeaturesOf(model, source), batches, new BasisOptions { Components = Components });
        return FullScaleModel.WriteAdapter(folder, model, basis);
    }

    private static Picture Gradient()
    {
        var picture = Picture.Filled(Side, Side, 0, 0, 0);
        for (var y = 0; y < Side; y++)
        {
            var row = picture.Row(y);
            for (var x = 0; x < Side; x++)
                (row[3 * x], row[3 * x + 1], row[3 * x + 2]) = ((byte)(x / 2), (byte)(y / 2), (byte)(x * y >> 10));
        }
        return picture;
    }
}
