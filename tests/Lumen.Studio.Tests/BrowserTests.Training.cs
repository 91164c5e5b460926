using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Lumen.Studio.Tests;

// The page of trainings.
public sealed partial class BrowserTests
{
    // The new pictures are chosen as pairs of a training, which is measured.
    private static async Task Pair(IPage page, string made)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Training" }).ClickAsync();
        await page.Locator("#training-name").FillAsync("paired");
        await Assertions.Expect(page.Locator("#looks-of")).ToHaveCountAsync(0);
        await page.Locator("#training-set").SelectOptionAsync("streets");
        await page.Locator("#looks-of").SelectOptionAsync(made);
        await page.Locator("#pair-share").FillAsync("0.5");
        await page.Locator("#pair-agreement").FillAsync("-1");
        await page.Locator("#training-steps").FillAsync("4");
        await page.Locator("#batch").FillAsync("2");
        await page.Locator("#batch").BlurAsync();
        var found = await page.RunAxe();
        Assert.True(found.Violations.Length == 0, string.Join(", ", found.Violations.Select(one => one.Id)));
        await page.GetByRole(AriaRole.Button, new() { Name = "Measure what it takes" }).ClickAsync();
        await page.Locator("[data-training=estimated]").WaitForAsync(new() { Timeout = 3 * Patience });
        await StudioBrowser.Shoot(page, "pairs");
        await page.Locator("p.fine", new() { HasTextString = $"{made}: 1 variant of 1 of the" }).WaitForAsync(new() { Timeout = Patience });
        await page.Locator("#looks-of").SelectOptionAsync("");
        await Assertions.Expect(page.Locator("#pair-share")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_adapter_is_measured_trained_watched_stopped_and_found_again()
    {
        var page = await browser.Open("/training");
        await page.Locator("#training-name").FillAsync("my-streets");
        await page.Locator("#scenes").FillAsync("24");
        await page.Locator("#training-steps").FillAsync("400");
        await page.Locator("#batch").FillAsync("2");
        await page.GetByText("More", new() { Exact = true }).ClickAsync();
        await page.Locator("#looks").FillAsync("4");
        await page.Locator("#saves").FillAsync("50");
        await page.Locator("#saves").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Measure what it takes" }).ClickAsync();
        await page.Locator("[data-training=estimated]").WaitForAsync(new() { Timeout = 3 * Patience });
        await Assertions.Expect(page.Locator(".curve")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await page.Locator("[data-training-preview]").WaitForAsync(new() { Timeout = 3 * Patience });
        await page.Locator("[data-training-preview='12']").WaitForAsync(new() { Timeout = 3 * Patience });
        await page.ReloadAsync();
        await page.Locator("[data-training=training]").WaitForAsync(new() { Timeout = Patience });
        await page.Locator(".curve polyline").First.WaitForAsync(new() { Timeout = Patience });
        await StudioBrowser.Shoot(page, "training");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await page.Locator("[data-training=stopped]").WaitForAsync(new() { Timeout = Patience });
        await page.Locator("button", new() { HasTextString = "Go on from step" }).WaitForAsync();
    }
}
