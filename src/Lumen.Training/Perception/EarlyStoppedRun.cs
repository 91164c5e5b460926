using System.Diagnostics;

namespace Lumen.Training.Perception;

/// <summary>
/// A run that ends when the held-out figure has not risen for a while: mIoU where the network tells classes apart, otherwise the loss,
/// turned round. The averaged weights that were best are kept.
/// </summary>
internal sealed class EarlyStoppedRun(Trainer trainer, PerceptionNetwork network, EarlyStopping stopping)
{
    private const string MeanIoU = "miou",
        Loss = "validation_loss";

    /// <summary>Trains to the end.</summary>
    /// <returns>The best network; the caller disposes it.</returns>
    public PerceptionNetwork Run(TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        PerceptionNetwork? best = null;
        try
        {
            var (highest, since, sum) = (double.NegativeInfinity, 0, 0.0);
            while (trainer.Store.Step < options.MaxTrainSteps && since < stopping.Patience)
            {
                stop.ThrowIfCancellationRequested();
                var (loss, norm) = trainer.Step();
                sum += loss;
                var step = trainer.Store.Step;
                if (step % stopping.Every != 0 && step != options.MaxTrainSteps)
                    continue;
                var figures = trainer.Figures();
                var mean = sum / (step % stopping.Every == 0 ? stopping.Every : step % stopping.Every);
                progress?.Report(new TrainingProgress(step, options.MaxTrainSteps, mean, norm, watch.Elapsed.TotalSeconds / step, figures));
                (since, sum) = (since + 1, 0);
                if (best is not null && Figure(figures) <= highest)
                    continue;
                best?.Dispose();
                using (trainer.Store.UseAverage())
                    best = PerceptionTraining.Copy(network);
                (highest, since) = (Figure(figures), 0);
            }
            return best!; // the last step is always looked at
        }
        catch
        {
            best?.Dispose();
            throw;
        }
    }

    private static double Figure(IReadOnlyList<KeyValuePair<string, double>> figures)
    {
        var named = figures.ToDictionary();
        return named.TryGetValue(MeanIoU, out var overlap) ? overlap : -named[Loss];
    }
}
