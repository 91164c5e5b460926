namespace Lumen.Models.Schedules;

/// <summary>
/// The noise levels that a sampler steps along, and the timestep of each. Source: diffusers <c>set_timesteps</c> of the Euler, DPM-Solver
/// and UniPC schedulers.
/// </summary>
internal sealed class SigmaGrid
{
    private const double Rho = 7; // Karras et al. 2022, eq. 5
    private const double LeastAlpha = 1.0 / (1 << 24); // stands for ᾱ = 0 of zero terminal SNR, whose σ is infinite

    private SigmaGrid(IEnumerable<double> sigmas, IEnumerable<double> timesteps) =>
        (Sigmas, Timesteps) = ([.. sigmas.Select(sigma => (double)(float)sigma)], [.. timesteps]);

    /// <summary>σ before each step, descending, then σ behind the last one.</summary>
    public IReadOnlyList<double> Sigmas { get; }

    /// <summary>What the denoiser is told at each step.</summary>
    public IReadOnlyList<double> Timesteps { get; }

    /// <summary>The noise level before step <paramref name="index"/>.</summary>
    public NoiseLevel this[int index] => new(Sigmas[index]);

    /// <summary>
    /// Euler's: timesteps may be fractions, the Karras spread covers the visited range unless the configuration says which, the end is
    /// without noise unless it says otherwise.
    /// </summary>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="mayRespace">False for the ancestral sampler, which has none of these choices.</param>
    public static SigmaGrid Euler(NoiseSchedule schedule, int steps, bool mayRespace)
    {
        var config = schedule.Config;
        var training = TrainingSigmas(schedule);
        double[] timesteps = [.. TimestepGrid.AscendingUnrounded(config, steps).Reverse()];
        double[] sigmas = [.. timesteps.Select(timestep => At(training, timestep))];
        if (!mayRespace)
            return new SigmaGrid([.. sigmas, 0], timesteps);
        var final = config.FinalSigmasType == "sigma_min" ? training[0] : 0;
        if (config.InterpolationType == "log_linear")
            sigmas = [.. Spread(steps + 1, Math.Log(training[^1]), Math.Log(training[0])).Select(Math.Exp)];
        if (config.UseKarrasSigmas != true)
            return new SigmaGrid([.. sigmas, final], timesteps);
        sigmas = Karras(steps, config.SigmaMax ?? sigmas[0], config.SigmaMin ?? sigmas[^1]);
        return new SigmaGrid([.. sigmas, final], sigmas.Select(sigma => (double)(float)TimestepOf(training, sigma)));
    }

    /// <summary>
    /// A multistep solver's: whole timesteps, the Karras spread covers all training timesteps unless the configuration says which noise
    /// levels.
    /// </summary>
    /// <param name="schedule">The noise schedule.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="final">σ behind the last step, from those of the training timesteps and the last step's own.</param>
    /// <exception cref="LumenException">Two steps would have the same noise level.</exception>
    public static SigmaGrid Solver(NoiseSchedule schedule, int steps, Func<double[], double, double> final)
    {
        var config = schedule.Config;
        var training = TrainingSigmas(schedule);
        var count = training.Count(sigma => -Math.Log(sigma) >= (config.LambdaMinClipped ?? double.NegativeInfinity));
        double[] timesteps = [.. TimestepGrid.AscendingAboveFirst(config, steps, count).Reverse().Select(timestep => (double)timestep)];
        var sigmas = (config.UseKarrasSigmas == true, config.UseLuLambdas == true) switch
        {
            (true, _) => Karras(steps, config.SigmaMax ?? training[^1], config.SigmaMin ?? training[0]),
            (_, true) => [.. Spread(steps, Math.Log(training[^1]), Math.Log(training[0])).Select(Math.Exp)],
            _ => timesteps.Select(timestep => At(training, timestep)).ToArray(),
        };
        if (config.UseKarrasSigmas == true || config.UseLuLambdas == true)
            timesteps = [.. sigmas.Select(sigma => Math.Round(TimestepOf(training, sigma), MidpointRounding.ToEven))];
        var grid = new SigmaGrid([.. sigmas, final(training, sigmas[^1])], timesteps);
        if (grid.Sigmas.SkipLast(1).Zip(grid.Sigmas.Skip(1).SkipLast(1)).Any(pair => pair.First <= pair.Second))
            throw new LumenException(
                LumenErrorKind.Option,
                $"{steps} steps are too many for this sampler with {config.TrainTimesteps} training timesteps: two of them would "
                    + "have the same noise level. Take fewer steps."
            );
        return grid;
    }

    // √((1-ᾱ)/ᾱ), ascending.
    private static double[] TrainingSigmas(NoiseSchedule schedule) =>
        [.. schedule.AlphasCumprod.Select(alpha => alpha == 0 ? LeastAlpha : alpha).Select(alpha => Math.Sqrt((1 - alpha) / alpha))];

    private static double At(double[] training, double timestep)
    {
        var below = Math.Clamp((int)timestep, 0, training.Length - 2);
        return training[below] + (timestep - below) * (training[below + 1] - training[below]);
    }

    // The fractional timestep of a noise level, linear in log σ.
    private static double TimestepOf(double[] training, double sigma)
    {
        var below = Math.Clamp(training.Count(known => known <= sigma) - 1, 0, training.Length - 2);
        var (low, high) = (Math.Log(training[below]), Math.Log(training[below + 1]));
        return below + Math.Clamp((Math.Log(Math.Max(sigma, 1e-10)) - low) / (high - low), 0, 1);
    }

    private static double[] Karras(int steps, double largest, double smallest) =>
        [.. Spread(steps, Math.Pow(largest, 1 / Rho), Math.Pow(smallest, 1 / Rho)).Select(root => Math.Pow(root, Rho))];

    private static IEnumerable<double> Spread(int points, double first, double last) =>
        Enumerable.Range(0, points).Select(point => points == 1 ? first : first + point / (double)(points - 1) * (last - first));
}
