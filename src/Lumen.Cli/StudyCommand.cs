using System.CommandLine;
using Lumen.Core.Processes;
using Lumen.Generation;
using Lumen.Research.Studies;

namespace Lumen.Cli;

/// <summary><c>lumen study</c>: answers a question about the method with tables, plots and a report.</summary>
internal sealed class StudyCommand
{
    private const string Files = """
        Writes report.md, study.json, a CSV a table, plots, and a contact sheet. Reports first what it will take. What is done is stored: run the same command again to continue a run that was stopped or killed; the files are the same. mpirun -np R shares the pictures of conditions, components, backbones and rotation among R processes.
        """;

    private readonly Option<string?> _recipe = Flag.Text("--recipe", "FILE", "Recipe of the study (recipes/study-NAME.json).").Mandatory();
    private readonly Option<string?> _output = Flag.Text("--output-dir", "DIR", "Folder for the results.").Mandatory();
    private readonly Option<int?> _references = Flag.Whole(
        "--references",
        "Held-out streets. Default: the recipe's. A folder may be extended with more."
    );
    private readonly Option<int?> _seeds = Flag.Whole("--seeds", "Pictures a reference and condition. Default: the recipe's.");
    private readonly GenerationFlags _generation = GenerationFlags.Sampling(null, nameof(GenerationOptions.NegativePrompt));
    private readonly Option<int?> _batch = Flag.Whole("--batch-size", "Pictures at once. Default: the recipe's.");
    private readonly Option<int?> _classifiers = Flag.Whole(
        "--classifier-scenes",
        "Renders that the classifiers of time, weather and palette learn from. Default: the recipe's."
    );
    private readonly Option<string?> _judge = Flag.Text(
        "--judge",
        "DIR",
        "Perception network that lumen train perception wrote. Default: the recipe's."
    );
    private readonly Option<bool> _estimate = Flag.Switch("--estimate", "Say what it will take, and stop.");
    private readonly Option<bool> _json = Flag.Switch("--json", "Print study.json instead of the report.");
    private readonly Option<string?> _model = ModelOptions.Model();

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var command = new Command(
            "study",
            "Answer a question about the method on held-out streets: tables with intervals, plots, a report."
        )
        {
            List(terminal),
        };
        foreach (var study in StudyList.All)
            command.Subcommands.Add(new StudyCommand().Verb(study, terminal, stop));
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var command = new Command("list", "Name the studies and what each asks.");
        command.SetAction(_ =>
        {
            foreach (var study in StudyList.All)
                terminal.Line(
                    $"{study.Name, -12} {study.Question}\n{"", -12} lumen study {study.Name} --recipe "
                        + $"recipes/study-{study.Name}.json --output-dir .work/study-{study.Name}"
                );
            return 0;
        });
        return command;
    }

    private Command Verb(IStudy study, Terminal terminal, CancellationToken stop)
    {
        var command = new Command(study.Name, $"{study.Question}\n\n{Files}")
        {
            _recipe,
            _output,
            _references,
            _seeds,
            _batch,
            _classifiers,
            _judge,
            _estimate,
            _json,
            _model,
        };
        _generation.AddTo(command);
        var (placement, single) = (PlacementFlags.AddTo(command), ModelFileFlags.AddTo(command));
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(_recipe)!;
            var recipe = Override(StudyRecipe.Read(path), parsed, placement.Device(parsed));
            recipe.Validate();
            if (StudyBench.AbsentData(recipe, HomeOf(path)) is { } absent)
            {
                terminal.Warn($"skipped. {absent}");
                return 0;
            }
            return Job.Together(terminal, $"lumen study {study.Name}", RunStudy);

            int RunStudy(ICommunicator processes)
            {
                using var model = DiffusionModel.Load(
                    ModelOptions.ModelFolder(parsed.GetValue(_model)),
                    placement.Of(parsed, device: recipe.Device),
                    single.Of(parsed)
                );
                using var threads = new ComputeThreads(model);
                using var bench = new StudyBench(recipe, model, HomeOf(path)) { Workers = threads.Workers };
                using var bars = new StudyBars(terminal);
                (bench.Progress, bench.Stop) = (bars, stop);
                var folder = parsed.GetValue(_output)!;
                if (processes.Rank > 0)
                    processes.Wait(); // until process 0 has made the folder
                var run = new StudyRun(study, bench, folder, processes);
                if (processes.Rank == 0)
                    processes.Wait();
                if (processes.Rank > 0)
                {
                    if (!parsed.GetValue(_estimate))
                        run.Run(null, stop);
                    return 0;
                }
                foreach (var reason in run.Plan.Skipped)
                    terminal.Warn(reason);
                var estimate = run.Estimate();
                terminal.Status($"estimate  {estimate}");
                terminal.EndLine();
                if (parsed.GetValue(_estimate))
                    return 0;
                run.Run(bars, stop);
                bars.Dispose();
                terminal.Line(File.ReadAllText(Path.Combine(folder, parsed.GetValue(_json) ? "study.json" : "report.md")).TrimEnd());
                return 0;
            }
        });
        return command;
    }

    private StudyRecipe Override(StudyRecipe recipe, ParseResult parsed, string? device) =>
        recipe with
        {
            Device = device ?? recipe.Device,
            References = parsed.GetValue(_references) ?? recipe.References,
            Seeds = parsed.GetValue(_seeds) ?? recipe.Seeds,
            Generation = _generation.Read(parsed, recipe.Generation),
            BatchSize = parsed.GetValue(_batch) ?? recipe.BatchSize,
            ClassifierScenes = parsed.GetValue(_classifiers) ?? recipe.ClassifierScenes,
            Judge = Given(parsed.GetValue(_judge)) ?? recipe.Judge,
        };

    // One that was named on purpose must be there.
    private static string? Given(string? judge) =>
        judge is null || Directory.Exists(judge)
            ? judge
            : throw new LumenException(
                $"There is no evaluator at {judge}. Train one: lumen train perception --recipe recipes/street-tiny-perception.json "
                    + "--output-dir .work/judge, then --judge .work/judge/perception."
            );

    // Recipes name folders from where the folder recipes is.
    private static string? HomeOf(string recipe) => Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(recipe)));

    private sealed class StudyBars(Terminal terminal) : IProgress<StudyProgress>, IDisposable
    {
        private string _stage = "";
        private ProgressBar? _bar;

        public void Report(StudyProgress value)
        {
            if (value.Stage != _stage)
            {
                _bar?.Dispose();
                (_stage, _bar) = (value.Stage, new ProgressBar(terminal, value.Stage));
            }
            _bar!.Report(value.Done, value.Total);
        }

        public void Dispose()
        {
            _bar?.Dispose();
            (_stage, _bar) = ("", null);
        }
    }
}
