using Lumen.Augmentation;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Generation;

namespace Lumen.Samples;

/// <summary>
/// Augments a labelled data set from code: <c>dotnet run --project samples/AugmentDataset -- DATASET OUTPUT [MODEL]</c>. Ctrl-C stops
/// cleanly; the same call goes on.
/// </summary>
public static class AugmentDataset
{
    /// <summary>Two new pictures of every training picture, by night and in fog.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (args is not [var input, var output, .. var rest])
        {
            Console.Error.WriteLine("Give a data set and a folder for the augmented one.");
            return 2;
        }
        NativeLibraries.Require();
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };

        var folder = rest is [var given, ..] ? given : Path.Combine("models", "street-tiny");
        using var model = DiffusionModel.Load(folder, Placement.Fastest);
        using var adapter = LayoutAdapter.Load(Path.Combine(folder, "controlnet"), model);
        var prompts = new PromptMatrix([
            new PromptEntry("night", "a street at night"),
            new PromptEntry("fog", "a street in fog", Weight: 2),
        ]);
        var options = new AugmentationOptions
        {
            Variants = 2,
            MinAgreement = 0.3,
            Retries = 1,
            Generation = new GenerationOptions { NumInferenceSteps = 12 },
        };

        var dataset = DatasetFormats.Open(input);
        var augmentation = new DatasetAugmentation(new ImageGenerator(model, adapter), prompts, options);
        var plan = augmentation.Plan(dataset, output);
        Console.WriteLine(
            $"{dataset.Format}: {plan.Items} pictures of {plan.Split}, {plan.Total - plan.Done} new ones to make, {plan.HeldOut} "
                + "held-out pictures stay untouched"
        );
        try
        {
            await foreach (var result in augmentation.RunAsync(dataset, output, new Rate(), stop.Token))
                Console.WriteLine(
                    result.Failure
                        ?? (
                            $"{result.Source} -> {result.Entry!.Item ?? result.Entry.LeftOut}: {result.Entry.Prompt} (agreement "
                            + $"{result.Entry.Agreement:0.00})"
                        )
                );
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        var report = Verification.Run(output);
        Console.WriteLine($"{report.Items} new pictures, {report.Files} files verified, {report.Faults.Count} faults");
        return report.IsSound ? 0 : 2;
    }

    private sealed class Rate : IProgress<AugmentationProgress>
    {
        public void Report(AugmentationProgress value) =>
            Console.Error.Write(
                $"\r{value.Stage} {value.Done}/{value.Total}, {value.SecondsPerPicture:0.00} s each, {value.Remaining:hh\\:mm\\:ss} left "
            );
    }
}
