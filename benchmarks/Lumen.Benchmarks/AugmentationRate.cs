using System.Diagnostics;
using System.Globalization;
using Lumen.Augmentation;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Scenes;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>
/// Pictures a second of <c>lumen augment</c> - layouts, agreement, labels, files, manifest - against those of bare generation from ready
/// layouts at the same number of pictures in a pass. Bare generation is measured before and after, so that a machine that gets slower
/// meanwhile favours nobody.
/// </summary>
internal static class AugmentationRate
{
    private const int Variants = 4;
    private static readonly PromptMatrix Prompts = new([
        new PromptEntry("night", "a street at night in fog"),
        new PromptEntry("snow", "a street by day in snow"),
    ]);

    public static void Run(string folder, Placement placement, int steps, int pictures)
    {
        using var model = DiffusionModel.Load(folder, placement);
        using var adapter = LayoutAdapter.Load(Path.Combine(folder, "controlnet"), model);
        var generator = new ImageGenerator(model, adapter);
        var work = Directory.CreateTempSubdirectory("lumen-rate-").FullName;
        try
        {
            var sources = Math.Max(1, pictures / Variants);
            for (var index = 0; index < sources; index++)
                Write(Path.Combine(work, "data"), index, model.NativeSize);
            var generation = new GenerationOptions { NumInferenceSteps = steps };
            var batch = (int)Math.Clamp(4096L / (model.UNet.Config.SampleSize * model.UNet.Config.SampleSize), 1, 4);
            var options = new AugmentationOptions
            {
                Variants = Variants,
                Generation = generation,
                Batch = batch,
                HeldOutCheck = HeldOutCheck.Off,
            };
            Write(Path.Combine(work, "first"), 0, model.NativeSize);
            Bare(generator, generation, 1, batch, model.NativeSize); // the first passes are slower
            Augmented("first");
            var before = Bare(generator, generation, sources, batch, model.NativeSize);
            var augmented = Augmented("data");
            var after = Bare(generator, generation, sources, batch, model.NativeSize);
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{sources * Variants} pictures of {model.NativeSize} px, {steps} steps, {batch} in a pass, {get_num_threads()} "
                        + $"thread(s), {placement.Compute}."
                )
            );
            Console.WriteLine("\n| what | seconds a picture (clock) | seconds a picture (processor) |\n| --- | ---: | ---: |");
            Print("bare generation, before", before, sources);
            Print("lumen augment", augmented, sources);
            Print("bare generation, after", after, sources);
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"\nRate of augmentation over that of bare generation: "
                        + $"{(before.Processor + after.Processor) / 2 / augmented.Processor:0.000} (processor), "
                        + $"{(before.Clock + after.Clock) / 2 / augmented.Clock:0.000} (clock)."
                )
            );

            (double Clock, double Processor) Augmented(string data) =>
                Measured(() =>
                    new DatasetAugmentation(generator, Prompts, options)
                        .RunAsync(DatasetFormats.Open(Path.Combine(work, data)), Path.Combine(work, $"{data}-enlarged"))
                        .ToBlockingEnumerable()
                        .Count()
                );
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static void Print(string what, (double Clock, double Processor) time, int sources) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {what} | {time.Clock / sources / Variants:0.000} | {time.Processor / sources / Variants:0.000} |"
            )
        );

    private static (double Clock, double Processor) Bare(
        ImageGenerator generator,
        GenerationOptions options,
        int sources,
        int batch,
        int side
    )
    {
        var layouts = Enumerable.Range(0, sources).Select(index => generator.ExtractLayout(Street(index, side).Picture)).ToArray();
        var requests = layouts
            .SelectMany(layout =>
                Enumerable
                    .Range(0, Variants)
                    .Select(variant => GenerationRequest.For(layout, Prompts.Domains[variant % 2].Prompt) with { FirstItem = variant })
            )
            .ToArray();
        var time = Measured(() => requests.Chunk(batch).Sum(chunk => generator.GenerateBatch(chunk, options).Count));
        foreach (var layout in layouts)
            layout.Dispose();
        return time;
    }

    private static (double Clock, double Processor) Measured(Func<int> act)
    {
        var (watch, start) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
        act();
        return (watch.Elapsed.TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds);
    }

    private static void Write(string folder, int index, int side)
    {
        var (picture, labels) = Street(index, side);
        PngWriter.WriteRgb(Path.Combine(folder, "images", $"{index}.png"), picture);
        PngWriter.WriteGray8(Path.Combine(folder, "labels", $"{index}.png"), side, side, labels);
    }

    private static (Picture Picture, byte[] Labels) Street(int index, int side)
    {
        var seeds = SceneSeeds.For(SceneSplit.Test, index, 1);
        var scene = StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), side, side);
        return (new Picture(side, side, scene.Rgb), scene.Labels);
    }
}
