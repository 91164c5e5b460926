using Lumen.Augmentation;
using Lumen.Imaging;
using Lumen.Studio.Jobs;

namespace Lumen.Studio.Datasets;

/// <summary>
/// Computes jobs that enlarge a data set, with the model that is open: what a page asks of it meanwhile is done in between.
/// </summary>
internal sealed class AugmentationWork(StudioModel model, DatasetLibrary library, JobQueue queue)
{
    private const int Shown = 8;

    /// <summary>Computes a job: what was made by an earlier one of the same id is not made again.</summary>
    /// <param name="job">The job.</param>
    /// <param name="lane">Which of the model's pipelines it has.</param>
    /// <param name="stop">Stops between denoising steps.</param>
    public async Task Run(Job job, int lane, CancellationToken stop)
    {
        var request = job.Request.Augmentation!;
        queue.Report(job, status => status with { Note = "The data set is opened." });
        var dataset = library.Open(request.Dataset);
        var pipeline = await model.Pipeline(lane, stop).ConfigureAwait(false);
        var augmentation = await DatasetAugmentation.OnAsync(pipeline, Prompts(request), Options(job.Request), stop).ConfigureAwait(false);
        var output = library.OutputOf(request.Dataset, job.Id);
        augmentation.Plan(dataset, output);
        var progress = new Progress(queue, job);
        await foreach (var result in augmentation.RunAsync(dataset, output, progress, stop).ConfigureAwait(false))
            if (result.Picture is { } picture)
                queue.Report(
                    job,
                    status =>
                        status with
                        {
                            Preview = [.. status.Preview.TakeLast(Shown - 1), Beside(result.Original, picture, result.Confidence).ToPng()],
                            PreviewStep = status.PreviewStep + 1,
                        }
                );
        var report = AugmentationReport.Of(output);
        queue.Report(
            job,
            status =>
                status with
                {
                    Report =
                        $"{report.Accepted} new pictures, {report.Rejected} rejected, in datasets/{Path.GetFileName(output)}.\n"
                        + report.ToText(),
                }
        );
    }

    /// <summary>The matrix of a request.</summary>
    /// <exception cref="LumenException">It is empty, or a weight is not above 0.</exception>
    public static PromptMatrix Prompts(AugmentationRequest request) =>
        new([.. request.Prompts.Select(prompt => new PromptEntry(prompt.Domain, prompt.Prompt, prompt.Weight))])
        {
            Template = request.Template,
            CaptionRemove = request.CaptionRemove,
        };

    /// <summary>How a request is carried out.</summary>
    public static AugmentationOptions Options(JobRequest request) =>
        new()
        {
            Variants = request.Augmentation!.Variants,
            Limit = request.Augmentation.Limit,
            MinAgreement = request.Augmentation.MinAgreement,
            Split = request.Augmentation.Split,
            Confidence = true,
            Seed = request.Options.Seed,
            Generation = request.Options,
        };

    private static Picture Beside(Picture? original, Picture picture, Picture? confidence) =>
        ContactSheet.Compose(
            [
                [.. new[] { original, picture, confidence }.OfType<Picture>()],
            ],
            options: new ContactSheetOptions { Gap = 4 }
        );

    private sealed class Progress(JobQueue queue, Job job) : IProgress<AugmentationProgress>
    {
        public void Report(AugmentationProgress value) =>
            queue.Report(
                job,
                status =>
                    status with
                    {
                        Done = (int)value.Done,
                        Total = (int)value.Total,
                        Note = value.Stage switch
                        {
                            AugmentationStage.Originals => $"Originals: {value.Done} of {value.Total}",
                            AugmentationStage.HeldOut => $"Held-out pictures: {value.Done} of {value.Total}",
                            _ => FormattableString.Invariant(
                                $"{value.Done} of {value.Total}, {value.Rejected} rejected, {value.SecondsPerPicture:0.00} s each"
                            ),
                        },
                    }
            );
    }
}
