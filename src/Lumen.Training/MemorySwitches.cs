using System.Globalization;

namespace Lumen.Training;

/// <summary>What makes a run smaller, in the order in which it costs least.</summary>
internal static class MemorySwitches
{
    private const int FewestCompared = 16; // pictures of a batch that are told apart: fewer teach little

    private static readonly (string Of, Func<TrainingOptions, string> Say, Func<TrainingOptions, TrainingOptions> Set)[] All =
    [
        ("steps", _ => "\"gradient_checkpointing\": true", options => options with { GradientCheckpointing = true }),
        (
            "batches",
            options =>
                "\"train_batch_size\": 1 with \"gradient_accumulation_steps\": "
                + $"{options.TrainBatchSize * options.GradientAccumulationSteps}",
            options =>
                options.TrainBatchSize == 1
                    ? options
                    : options with
                    {
                        TrainBatchSize = 1,
                        GradientAccumulationSteps = options.TrainBatchSize * options.GradientAccumulationSteps,
                    }
        ),
        (
            "average",
            _ => "\"ema_device\": \"cpu\" in \"optimizer\"",
            options => options with { Optimizer = options.Optimizer with { EmaDevice = "cpu" } }
        ),
        (
            "moments",
            _ => "\"moments\": \"bfloat16\" in \"optimizer\"",
            options => options with { Optimizer = options.Optimizer with { Moments = "bfloat16" } }
        ),
        (
            "moments",
            _ => "\"moments\": \"int8\" in \"optimizer\"",
            options => options with { Optimizer = options.Optimizer with { Moments = "int8" } }
        ),
        (
            "average",
            _ => "\"ema_decay\": 0 in \"optimizer\"",
            options => options with { Optimizer = options.Optimizer with { EmaDecay = 0 } }
        ),
        ("batches", _ => "\"gradient_accumulation_steps\": 1", options => options with { GradientAccumulationSteps = 1 }),
    ];

    /// <summary>What to change in a recipe's training so that it takes no more than so many bytes.</summary>
    /// <returns>A sentence.</returns>
    public static string Advice(MemoryForecast forecast, int side, TrainingOptions training, double bytes)
    {
        var (options, switches) = (training, new List<(string Of, string Said)>());
        foreach (var (of, say, set) in All)
        {
            if (of == "batches" && !forecast.SplitsBatches)
                continue;
            var smaller = set(options);
            if (forecast.Of(side, smaller).Bytes >= forecast.Of(side, options).Bytes)
                continue;
            switches.RemoveAll(earlier => earlier.Of == of && of != "batches"); // the later one takes its place
            switches.Add((of, say(options)));
            options = smaller;
            if (forecast.Of(side, options).Bytes <= bytes)
                return Sentence($"With {Said()} in the recipe's training it takes about", forecast.Of(side, options).Bytes);
        }
        for (var batch = training.TrainBatchSize / 2; !forecast.SplitsBatches && batch >= FewestCompared; batch /= 2)
        {
            switches.RemoveAll(earlier => earlier.Of == "compared");
            switches.Add(("compared", $"\"train_batch_size\": {batch}"));
            options = options with { TrainBatchSize = batch };
            if (forecast.Of(side, options).Bytes <= bytes)
                return Sentence($"With {Said()} in the recipe's training it takes about", forecast.Of(side, options).Bytes);
        }
        for (var smaller = side / 2; smaller >= 128; smaller /= 2)
            if (forecast.Of(smaller, options).Bytes <= bytes)
                return Sentence(
                    $"With {Said()}{(switches.Count > 0 ? " and " : "")}{forecast.Side} {smaller} it takes about",
                    forecast.Of(smaller, options).Bytes
                );
        return Sentence(
            $"Even with {(switches.Count > 0 ? Said() : "the smallest settings")} it takes about",
            forecast.Of(side, options).Bytes
        );

        string Said() => string.Join(", ", switches.Select(one => one.Said));
    }

    private static string Sentence(string words, double bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{words} {bytes / 1e9:0.0} GB.");
}
