using System.Globalization;

namespace Lumen.Training;

/// <summary>What makes a run smaller, in the order in which it costs least.</summary>
internal static class MemorySwitches
{
    private static readonly (Func<TrainingOptions, string> Say, Func<TrainingOptions, TrainingOptions> Set)[] All =
    [
        (_ => "\"gradient_checkpointing\": true", options => options with { GradientCheckpointing = true }),
        (
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
            _ => "\"moments\": \"bfloat16\" in \"optimizer\"",
            options => options with { Optimizer = options.Optimizer with { Moments = "bfloat16" } }
        ),
        (_ => "\"ema_decay\": 0 in \"optimizer\"", options => options with { Optimizer = options.Optimizer with { EmaDecay = 0 } }),
        (_ => "\"gradient_accumulation_steps\": 1", options => options with { GradientAccumulationSteps = 1 }),
    ];

    /// <summary>What to change in a recipe's training so that it takes no more than so many bytes.</summary>
    /// <returns>A sentence.</returns>
    public static string Advice(MemoryForecast forecast, int side, TrainingOptions training, double bytes)
    {
        var (options, said) = (training, new List<string>());
        foreach (var (say, set) in All)
        {
            var smaller = set(options);
            if (forecast.Of(side, smaller).Bytes >= forecast.Of(side, options).Bytes)
                continue;
            said.Add(say(options));
            options = smaller;
            if (forecast.Of(side, options).Bytes <= bytes)
                return Sentence(
                    $"With {string.Join(", ", said)} in the recipe's training it takes about",
                    forecast.Of(side, options).Bytes
                );
        }
        for (var smaller = side / 2; smaller >= 128; smaller /= 2)
            if (forecast.Of(smaller, options).Bytes <= bytes)
                return Sentence(
                    $"With {string.Join(", ", said)}{(said.Count > 0 ? " and " : "")}resolution {smaller} it takes about",
                    forecast.Of(smaller, options).Bytes
                );
        return Sentence(
            $"Even with {(said.Count > 0 ? string.Join(", ", said) : "the smallest settings")} it takes about",
            forecast.Of(side, options).Bytes
        );
    }

    private static string Sentence(string words, double bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{words} {bytes / 1e9:0.0} GB.");
}
