using System.Diagnostics;
using System.Globalization;
using Lumen.Core.Tensors;
using Lumen.Training;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>Samples a second of a recipe's training steps, beside the matrix-product peak of the same run.</summary>
internal static class TrainingRate
{
    private const int Scenes = 256;

    /// <param name="recipePath">A recipe of the kind vae, base or adapter.</param>
    /// <param name="placement">Device and type.</param>
    /// <param name="batch">Samples a step; 0 takes the recipe's.</param>
    /// <param name="microBatches">Micro-batches a step.</param>
    /// <param name="steps">Steps that are measured.</param>
    public static void Run(string recipePath, Placement placement, int batch, int microBatches, int steps)
    {
        var recipe = Recipe.Read(recipePath);
        recipe = recipe with
        {
            Data = recipe.Data with { Scenes = Scenes, ValidationScenes = 8 },
            Layout = recipe.Layout with { FitPictures = 64 },
            Training = recipe.Training with
            {
                MaxTrainSteps = 1_000_000,
                GradientAccumulationSteps = microBatches,
                TrainBatchSize = batch > 0 ? batch : recipe.Training.TrainBatchSize,
            },
        };
        var work = Path.Combine(".work", "training-rate");
        var runs = new TrainingTaskFactory(placement, Path.Combine(work, "cache"), Path.Combine(work, recipe.Kind));
        var task = recipe.Kind switch
        {
            "vae" => runs.Autoencoder(recipe),
            "base" => runs.Base(recipe, Path.Combine("models", "street-tiny")),
            "adapter" => runs.Adapter(recipe, Path.Combine("models", "street-tiny")),
            _ => throw new LumenException(
                $"The rate of a recipe of the kind {recipe.Kind} is not measured here; known are vae, base and adapter."
            ),
        };
        var trainer = new Trainer(task, recipe.Training, Path.Combine(work, recipe.Kind));
        for (var step = 0; step < 4; step++)
            trainer.Step();
        var peak = MatrixPeak.GigaFlops(placement.Compute);
        var (clock, processor) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
        for (var step = 0; step < steps; step++)
            trainer.Step();
        var (wall, used) = (clock.Elapsed.TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalSeconds);
        var samples = (double)steps * recipe.Training.TrainBatchSize * microBatches;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{recipe.Kind}, {microBatches} x {recipe.Training.TrainBatchSize} samples a step, {get_num_threads()} thread(s), "
                    + $"{placement.Compute}: {samples / wall:0.0} samples/s (clock), {samples / used:0.0} samples/s of one core's "
                    + $"time, peak {peak:0} GFLOP/s"
            )
        );
    }
}
